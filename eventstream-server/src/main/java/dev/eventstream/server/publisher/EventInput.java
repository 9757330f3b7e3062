package dev.eventstream.server.publisher;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.ZstdInputStream;
import dev.eventstream.BrokenEvent;
import dev.eventstream.Event;
import dev.eventstream.EventReader;
import dev.eventstream.ReadEvent;
import dev.eventstream.server.importer.SpoolExits;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The events of one input: NDJSON, or an array, also compressed with gzip or zstd, which its first
 * bytes tell. In bounded memory. Not thread-safe.
 *
 * <p>Each event gets a document id, which is derived from the source and all events of the input up
 * to it. So the same input gives the same ids, under any name; an input that has grown keeps those
 * of its beginning; and others have other ids from the first difference on. The beginning of the
 * ids is the same for all events of the input, see {@link SpoolExits#PREFIX_LENGTH}.
 */
final class EventInput implements Closeable {
  private static final int BUFFER = 64 * 1024;
  private static final int ID_BYTES = 12;

  /** White space, and the bytes of a byte order mark. */
  private static final String BEFORE_THE_FIRST = " \t\r\n\u00EF\u00BB\u00BF";

  private static final Pattern PATTERN = Pattern.compile("[*?\\[{]");

  /** The name of the standard input. */
  static final String STANDARD = "-";

  private final String name;
  private final Counted counted;
  private final EventReader reader;
  private final MessageDigest sha256;
  private byte[] link;
  private String prefix = ""; // empty before the first event

  private EventInput(String name, String source, Counted counted, EventReader reader) {
    this.name = name;
    this.link = source.getBytes(UTF_8);
    this.counted = counted;
    this.reader = reader;
    try {
      this.sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Counts the bytes that are read, before decompression. */
  private static final class Counted extends BufferedInputStream {
    private long bytes;

    Counted(InputStream in) {
      super(in, BUFFER);
    }

    @Override
    public synchronized int read() throws IOException {
      int read = super.read();
      bytes += read < 0 ? 0 : 1;
      return read;
    }

    @Override
    public synchronized int read(byte[] target, int offset, int length) throws IOException {
      int read = super.read(target, offset, length);
      bytes += Math.max(0, read);
      return read;
    }
  }

  /** Several parts that are compressed with gzip, as of {@code cat a.gz b.gz}. */
  private static final class Parts extends FilterInputStream {
    Parts(Counted in) {
      super(in);
    }

    /** Is asked at the end of a part whether there is another one; waits for it in a pipe. */
    @Override
    public int available() throws IOException {
      in.mark(1);
      boolean more = in.read() >= 0;
      in.reset();
      return more ? 1 : 0;
    }
  }

  /**
   * Opens an input.
   *
   * @param name a file, or {@link #STANDARD}
   * @param source distinguishes the input from others with the same content
   * @param standard the standard input
   */
  static EventInput open(String name, String source, InputStream standard) throws IOException {
    InputStream raw;
    try {
      raw = name.equals(STANDARD) ? standard : Files.newInputStream(Path.of(name));
    } catch (IOException e) {
      throw unreadable(name, e);
    }
    try {
      Counted counted = new Counted(raw);
      BufferedInputStream plain = new BufferedInputStream(decompressed(counted), BUFFER);
      boolean array = firstCharacter(plain) == '[';
      EventReader reader = array ? EventReader.of(plain) : EventReader.ofLines(plain);
      return new EventInput(name, source, counted, reader);
    } catch (IOException e) {
      raw.close();
      throw unreadable(name, e);
    }
  }

  private static IOException unreadable(String name, IOException e) {
    boolean tells = e.getMessage() != null && !(e instanceof FileSystemException);
    return new IOException(name + " cannot be read to its end: " + (tells ? e.getMessage() : e), e);
  }

  private static InputStream decompressed(Counted in) throws IOException {
    in.mark(8);
    byte[] magic = new byte[4];
    int length = in.readNBytes(magic, 0, magic.length);
    in.reset();
    in.bytes = 0;
    if (length >= 2 && magic[0] == 0x1F && magic[1] == (byte) 0x8B) {
      return new GZIPInputStream(new Parts(in), BUFFER);
    }
    boolean zstd =
        length == 4
            && magic[0] == 0x28
            && magic[1] == (byte) 0xB5
            && magic[2] == 0x2F
            && magic[3] == (byte) 0xFD;
    return zstd ? new ZstdInputStream(in) : in;
  }

  /** The first character behind a byte order mark and white space. */
  private static int firstCharacter(BufferedInputStream in) throws IOException {
    in.mark(BUFFER);
    int first;
    int read = 0;
    do {
      first = in.read();
      read++;
    } while (read < BUFFER && first >= 0 && BEFORE_THE_FIRST.indexOf(first) >= 0);
    in.reset();
    return first;
  }

  /**
   * The files that arguments name: patterns that no shell has expanded are expanded, in the order
   * of names.
   *
   * @throws IOException if there is no such file
   */
  static List<String> expand(List<String> arguments) throws IOException {
    List<String> names = new ArrayList<>();
    for (String argument : arguments) {
      Path path = Path.of(argument);
      if (argument.equals(STANDARD) || (Files.exists(path) && !Files.isDirectory(path))) {
        names.add(argument); // also a pipe
        continue;
      }
      List<String> found = PATTERN.matcher(argument).find() ? matching(path) : List.of();
      if (found.isEmpty()) {
        throw new IOException("there is no file " + argument);
      }
      names.addAll(found);
    }
    return names;
  }

  private static List<String> matching(Path pattern) throws IOException {
    Path root = pattern; // the directory above the first part with a pattern
    int depth = 0;
    while (root != null && PATTERN.matcher(root.toString()).find()) {
      root = root.getParent();
      depth++;
    }
    Path start = root == null ? Path.of("") : root;
    if (!Files.isDirectory(start)) {
      return List.of();
    }
    int levels = pattern.toString().contains("**") ? Integer.MAX_VALUE : depth;
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    try (Stream<Path> files = Files.walk(start, levels, FileVisitOption.FOLLOW_LINKS)) {
      return files
          .filter(matcher::matches)
          .filter(Files::isRegularFile)
          .map(Path::toString)
          .sorted()
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  String name() {
    return name;
  }

  /** The size of the input in bytes, as stored; -1: not known. */
  static long size(String name) throws IOException {
    Path path = Path.of(name);
    return name.equals(STANDARD) || !Files.isRegularFile(path) ? -1 : Files.size(path);
  }

  /** How many bytes were read. */
  long bytesRead() {
    return counted.bytes;
  }

  /**
   * The next event with its id, or a broken one; null: there are no more.
   *
   * @throws IOException if the input cannot be read
   */
  @Nullable ReadEvent next() throws IOException {
    ReadEvent read;
    try {
      read = reader.next();
    } catch (IOException e) {
      throw unreadable(name, e);
    }
    if (read instanceof Event event) {
      return event.withDocumentId(id(event.toJson()));
    }
    if (read instanceof BrokenEvent broken) {
      id((broken.code() + " " + broken.offset()).getBytes(UTF_8));
    }
    return read;
  }

  private String id(byte[] bytes) {
    sha256.update(link);
    link = sha256.digest(bytes);
    String hash = HexFormat.of().formatHex(link);
    if (prefix.isEmpty()) {
      prefix = (SpoolExits.PUBLISHED + hash).substring(0, SpoolExits.PREFIX_LENGTH);
    }
    return prefix + hash.substring(0, 2 * ID_BYTES);
  }

  @Override
  public void close() throws IOException {
    counted.close();
  }
}

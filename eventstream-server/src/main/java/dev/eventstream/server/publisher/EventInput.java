package dev.eventstream.server.publisher;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.ZstdInputStream;
import dev.eventstream.BrokenEvent;
import dev.eventstream.Event;
import dev.eventstream.EventReader;
import dev.eventstream.ReadEvent;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The events of one input: NDJSON, or an array, also compressed with gzip or zstd, which its first
 * bytes tell. In bounded memory. Not thread-safe.
 *
 * <p>Each event gets a document id, which is derived from all events of the input up to it. So the
 * same input gives the same ids, under any name; an input that has grown keeps those of its
 * beginning; and others have other ids.
 */
final class EventInput implements Closeable {
  private static final int BUFFER = 64 * 1024;
  private static final int ID_BYTES = 16;

  /** The name of the standard input. */
  static final String STANDARD = "-";

  private final String name;
  private final Counted counted;
  private final EventReader reader;
  private final MessageDigest sha256;
  private byte[] link = new byte[0];

  private EventInput(String name, Counted counted, EventReader reader) {
    this.name = name;
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

  /**
   * Opens an input.
   *
   * @param name a file, or {@link #STANDARD}
   * @param standard the standard input
   */
  static EventInput open(String name, InputStream standard) throws IOException {
    InputStream raw = name.equals(STANDARD) ? standard : Files.newInputStream(Path.of(name));
    try {
      Counted counted = new Counted(raw);
      BufferedInputStream plain = new BufferedInputStream(decompressed(counted), BUFFER);
      boolean array = firstCharacter(plain) == '[';
      EventReader reader = array ? EventReader.of(plain) : EventReader.ofLines(plain);
      return new EventInput(name, counted, reader);
    } catch (IOException | RuntimeException e) {
      raw.close();
      throw new IOException(name + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static InputStream decompressed(Counted in) throws IOException {
    in.mark(8);
    byte[] magic = new byte[4];
    int length = in.readNBytes(magic, 0, magic.length);
    in.reset();
    in.bytes = 0;
    if (length >= 2 && magic[0] == 0x1F && magic[1] == (byte) 0x8B) {
      return new GZIPInputStream(in, BUFFER);
    }
    boolean zstd =
        length == 4
            && magic[0] == 0x28
            && magic[1] == (byte) 0xB5
            && magic[2] == 0x2F
            && magic[3] == (byte) 0xFD;
    return zstd ? new ZstdInputStream(in) : in;
  }

  private static int firstCharacter(BufferedInputStream in) throws IOException {
    in.mark(BUFFER);
    int first;
    int read = 0;
    do {
      first = in.read();
      read++;
    } while (read < BUFFER && (first == ' ' || first == '\t' || first == '\r' || first == '\n'));
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
      if (argument.equals(STANDARD) || Files.isRegularFile(Path.of(argument))) {
        names.add(argument);
        continue;
      }
      List<String> found = new ArrayList<>();
      Path path = Path.of(argument);
      Path parent = path.getParent() == null ? Path.of("") : path.getParent();
      if (argument.matches(".*[*?\\[{].*") && Files.isDirectory(parent)) {
        String pattern = "glob:" + path.getFileName();
        var matcher = FileSystems.getDefault().getPathMatcher(pattern);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent)) {
          for (Path entry : entries) {
            if (Files.isRegularFile(entry) && matcher.matches(entry.getFileName())) {
              found.add(entry.toString());
            }
          }
        }
      }
      if (found.isEmpty()) {
        throw new IOException("there is no file " + argument);
      }
      found.sort(String::compareTo);
      names.addAll(found);
    }
    return names;
  }

  String name() {
    return name;
  }

  /** The size of the input in bytes, as stored; -1: not known. */
  long size() {
    try {
      return name.equals(STANDARD) ? -1 : Files.size(Path.of(name));
    } catch (IOException e) {
      return -1;
    }
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
    } catch (UncheckedIOException e) {
      throw e.getCause();
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
    return HexFormat.of().formatHex(link, 0, ID_BYTES);
  }

  @Override
  public void close() throws IOException {
    counted.close();
  }
}

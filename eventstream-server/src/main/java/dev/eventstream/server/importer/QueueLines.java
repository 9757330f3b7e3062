package dev.eventstream.server.importer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.EventReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file line by line, from any line on, with at most one line in memory. It chains the
 * lines: the link after each is a hash of it and of all lines before it. Not thread-safe.
 */
final class QueueLines implements Closeable {
  /** The limit of a line's length, including a final "\r". */
  private static final int MAX_LINE = EventReader.MAX_EVENT_BYTES + 1;

  private static final int CHUNK = 256 * 1024;

  private final FileChannel channel;
  private final String idPrefix;
  private final MessageDigest digest = sha256();
  private final byte[] buffer = new byte[CHUNK];
  private int position;
  private int limit;
  private long offset;
  private long number;
  private byte[] link;

  private QueueLines(FileChannel channel, String source, long offset, long number, byte[] link) {
    this.channel = channel;
    this.idPrefix = idPrefix(source);
    this.offset = offset;
    this.number = number;
    this.link = link;
  }

  /** One line. */
  static final class Line {
    final long number; // from 1
    final long offset;
    final long length; // without the "\n"
    final byte[] bytes; // of a line that is too long, only the beginning
    final boolean terminated;
    final byte[] linkBefore;
    private final String idPrefix;

    Line(
        long number,
        long offset,
        long length,
        byte[] bytes,
        boolean terminated,
        byte[] linkBefore,
        String idPrefix) {
      this.number = number;
      this.offset = offset;
      this.length = length;
      this.bytes = bytes;
      this.terminated = terminated;
      this.linkBefore = linkBefore;
      this.idPrefix = idPrefix;
    }

    boolean tooLong() {
      return length > bytes.length;
    }

    /** The document id of the event in these bytes of the line. */
    String documentId(int start, int end) {
      MessageDigest digest = sha256();
      digest.update(linkBefore);
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(start).flip());
      digest.update(bytes, start, end - start);
      return idPrefix + HexFormat.of().formatHex(digest.digest(), 0, 12);
    }
  }

  /**
   * Opens a file at its start.
   *
   * @param file the file
   * @param source distinguishes this file from others with the same content
   */
  static QueueLines open(Path file, String source) throws IOException {
    return open(file, source, 0, 0, firstLink(source));
  }

  private static byte[] firstLink(String source) {
    return sha256().digest(("eventstream queue 1\n" + source).getBytes(UTF_8));
  }

  /** Returns the beginning of the ids of all documents of a source. */
  static String idPrefix(String source) {
    String hash = HexFormat.of().formatHex(firstLink(source));
    return (SpoolExits.QUEUE + hash).substring(0, SpoolExits.PREFIX_LENGTH);
  }

  /**
   * Opens a file at the position of an earlier reader.
   *
   * @param file the file
   * @param source as for the earlier reader
   * @param offset its {@link #offset()}
   * @param number its {@link #number()}
   * @param link its {@link #link()}
   */
  static QueueLines open(Path file, String source, long offset, long number, byte[] link)
      throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      channel.position(offset);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    return new QueueLines(channel, source, offset, number, link);
  }

  /** The offset of the next line. An unterminated line does not advance it. */
  long offset() {
    return offset;
  }

  /** The number of terminated lines that were read. */
  long number() {
    return number;
  }

  /** The hash of all terminated lines that were read. */
  byte[] link() {
    return link;
  }

  /** The next line; null: the end of the file. An unterminated line is the last one. */
  @Nullable Line next() throws IOException {
    byte[] line = {};
    int kept = 0;
    long length = 0;
    digest.update(link);
    while (true) {
      if (position == limit && !fill()) {
        digest.reset();
        return length == 0 ? null : line(length, Arrays.copyOf(line, kept), false);
      }
      int end = lineEnd();
      int count = end - position;
      digest.update(buffer, position, count);
      int keep = Math.min(count, MAX_LINE - kept);
      if (kept + keep > line.length) {
        boolean whole = kept == 0 && end < limit;
        int capacity = whole ? keep : Math.min(MAX_LINE, Math.max(2 * (kept + keep), 1024));
        line = Arrays.copyOf(line, capacity);
      }
      System.arraycopy(buffer, position, line, kept, keep);
      kept += keep;
      length += count;
      position = end;
      if (end < limit) {
        position++; // the "\n"
        Line found = line(length, kept == line.length ? line : Arrays.copyOf(line, kept), true);
        number++;
        offset += length + 1;
        link = digest.digest();
        return found;
      }
    }
  }

  private Line line(long length, byte[] bytes, boolean terminated) {
    return new Line(number + 1, offset, length, bytes, terminated, link, idPrefix);
  }

  private int lineEnd() {
    int at = position;
    while (at < limit && buffer[at] != '\n') {
      at++;
    }
    return at;
  }

  private boolean fill() throws IOException {
    int read = channel.read(ByteBuffer.wrap(buffer));
    position = 0;
    limit = Math.max(0, read);
    return read > 0;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}

package dev.eventstream.es.reindex;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The file of documents that are in no target: one JSON object per line, with the index, the id,
 * the reason and the source of the document. Thread-safe.
 */
final class RejectedDocuments implements Closeable {
  private static final byte[] SOURCE = ",\"source\":".getBytes(UTF_8);
  private static final byte[] END = "}\n".getBytes(UTF_8);

  @GuardedBy("this") private final @Nullable FileChannel channel; // null: they are not kept

  private RejectedDocuments(@Nullable FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Opens the file.
   *
   * @param file null: the documents are not kept
   * @param length its valid length; lines after it are of documents that will be read again. Null:
   *     a new copy begins
   * @throws IOException if it has content of another copy, or another process uses it
   */
  static RejectedDocuments open(@Nullable Path file, @Nullable Long length) throws IOException {
    if (file == null) {
      return new RejectedDocuments(null);
    }
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        throw new IOException("another process writes to " + file + "; let it finish");
      }
      if (length == null ? channel.size() > 0 : channel.size() < length) {
        throw new IOException(file + " is not from this copy; name another file, or move it away");
      }
      RejectedDocuments rejected = new RejectedDocuments(channel);
      rejected.truncate(length == null ? 0 : length);
      return rejected;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Adds a document. The bytes are those of its source. */
  void add(String index, String id, String reason, byte[] bytes, int start, int end)
      throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(end - start + 200);
    line.writeBytes(("{" + member("index", index)).getBytes(UTF_8));
    line.writeBytes(("," + member("id", id)).getBytes(UTF_8));
    line.writeBytes(("," + member("reason", reason)).getBytes(UTF_8));
    line.writeBytes(SOURCE);
    for (int i = start; i < end; i++) {
      line.write(bytes[i] == '\n' || bytes[i] == '\r' ? ' ' : bytes[i]);
    }
    line.writeBytes(END);
    synchronized (this) {
      if (channel != null) {
        ByteBuffer buffer = ByteBuffer.wrap(line.toByteArray());
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      }
    }
  }

  private static String member(String name, String value) {
    char[] escaped = JsonStringEncoder.getInstance().quoteAsString(value);
    return "\"" + name + "\":\"" + new String(escaped) + "\"";
  }

  /**
   * Makes the lines durable.
   *
   * @return the length of the file; 0 if there is none
   */
  synchronized long sync() throws IOException {
    if (channel == null) {
      return 0;
    }
    channel.force(true);
    return channel.position();
  }

  /** Removes lines after a length. */
  synchronized void truncate(long length) throws IOException {
    if (channel != null) {
      channel.truncate(length);
      channel.position(length);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}

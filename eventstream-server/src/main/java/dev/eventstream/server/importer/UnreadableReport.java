package dev.eventstream.server.importer;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The report of what could not be imported: one JSON object a line. The file is created when there
 * is something to say. Not thread-safe.
 */
final class UnreadableReport implements Closeable {
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  private final Path file;
  private @Nullable FileChannel channel;
  private @Nullable OutputStream out;

  private UnreadableReport(Path file) {
    this.file = file;
  }

  /**
   * Goes on with a report.
   *
   * @param file the report's file
   * @param length how much of it counts; what is behind was not finished, and goes
   */
  static UnreadableReport open(Path file, long length) throws IOException {
    UnreadableReport report = new UnreadableReport(file);
    if (Files.exists(file)) {
      FileChannel channel = report.open();
      channel.truncate(length);
      channel.position(channel.size()); // less than length where its reader has moved it away
    }
    return report;
  }

  private FileChannel open() throws IOException {
    FileChannel opened =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    channel = opened;
    out = new BufferedOutputStream(Channels.newOutputStream(opened));
    return opened;
  }

  /**
   * Adds an entry.
   *
   * @param line the line's number, from 1
   * @param offset where in the imported file the unreadable part starts
   * @param length how many bytes it has
   * @param reason what is wrong with it
   * @param bytes holds the part, or its beginning
   * @param start where that starts
   * @param end where that ends, exclusive
   */
  void add(long line, long offset, long length, String reason, byte[] bytes, int start, int end)
      throws IOException {
    if (out == null) {
      open();
    }
    OutputStream target = out;
    if (target == null) {
      throw new IllegalStateException("open() opens");
    }
    try (JsonGenerator json = JSON.createGenerator(target)) {
      json.writeStartObject();
      json.writeNumberField("line", line);
      json.writeNumberField("offset", offset);
      json.writeNumberField("length", length);
      json.writeStringField("reason", reason);
      json.writeStringField("text", new String(bytes, start, end - start, UTF_8));
      json.writeEndObject();
    }
    target.write('\n');
  }

  /**
   * Makes what was added survive a power cut.
   *
   * @return the report's length
   */
  long sync() throws IOException {
    if (channel == null || out == null) {
      return 0;
    }
    out.flush();
    channel.force(true);
    return channel.position();
  }

  /** Drops what was not synced, or leaves it to be truncated. */
  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}

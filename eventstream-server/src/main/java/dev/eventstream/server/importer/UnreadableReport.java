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
 * The report of parts that could not be imported: one JSON object per line. The file is created
 * with the first entry. Not thread-safe.
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
   * Continues a report.
   *
   * @param file the report's file
   * @param length its valid length; the rest was not completed, and is truncated
   */
  static UnreadableReport open(Path file, long length) throws IOException {
    UnreadableReport report = new UnreadableReport(file);
    if (Files.exists(file)) {
      FileChannel channel = report.open();
      channel.truncate(length);
      channel.position(channel.size()); // less than length if the file was moved away
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
   * @param offset the offset of the unreadable part in the imported file
   * @param length its length in bytes
   * @param kind {@code unreadable} or {@code rejected}
   * @param reason the fault
   * @param bytes holds the part, or its beginning
   * @param start the start of the part in the array
   * @param end the end of the part in the array, exclusive
   */
  void add(
      long line,
      long offset,
      long length,
      String kind,
      String reason,
      byte[] bytes,
      int start,
      int end)
      throws IOException {
    if (out == null) {
      open();
    }
    OutputStream target = out;
    if (target == null) {
      throw new IllegalStateException("open() has opened the file");
    }
    try (JsonGenerator json = JSON.createGenerator(target)) {
      json.writeStartObject();
      json.writeNumberField("line", line);
      json.writeNumberField("offset", offset);
      json.writeNumberField("length", length);
      json.writeStringField("kind", kind);
      json.writeStringField("reason", reason);
      json.writeStringField("text", new String(bytes, start, end - start, UTF_8));
      json.writeEndObject();
    }
    target.write('\n');
  }

  /**
   * Makes the entries durable.
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

  /** Discards entries that were not synced; {@link #open} truncates what was written of them. */
  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}

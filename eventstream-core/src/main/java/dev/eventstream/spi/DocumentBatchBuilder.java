package dev.eventstream.spi;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.internal.text.JsonStrings;
import java.time.Clock;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Collects documents into a batch. Not thread-safe.
 *
 * <p>{@link #add} adds a finished document. A transformer that writes its JSON itself can avoid the
 * copies by calling, in this order: {@link #begin}, the destination, {@link #endDestination}, the
 * ID, {@link #endId}, {@link #endEventId}, the source on one line, {@link #end}. A document that
 * was begun but not ended is discarded by the next {@link #begin}.
 */
public final class DocumentBatchBuilder {
  private static final long NOT_YET = Long.MIN_VALUE;

  private byte[] bytes;
  private int length;
  private int[] starts;
  private int size;
  private int mark; // start of the field being written
  private long acceptedAt = NOT_YET;
  private int idMisses;
  private int dropAt = -1; // the number of documents when drop() was called

  /**
   * Creates a builder, which grows as needed.
   *
   * @param expectedBytes the expected size of the records
   * @param expectedSize the expected number of documents
   */
  public DocumentBatchBuilder(int expectedBytes, int expectedSize) {
    bytes = new byte[Math.max(64, expectedBytes)];
    starts = new int[Math.max(1, expectedSize) + 1];
  }

  /** Creates a builder that overwrites the contents of a storage. */
  DocumentBatchBuilder(DocumentBatch.Storage storage) {
    bytes = storage.bytes;
    starts = storage.starts;
  }

  /**
   * Adds a document.
   *
   * @throws IllegalArgumentException if destination or ID is empty or too long, or the source
   *     contains a line break (sinks write one document per line)
   */
  public DocumentBatchBuilder add(Document document) {
    byte[] source = document.source();
    for (byte b : source) {
      if (b == '\n') {
        throw new IllegalArgumentException(
            "the source of " + document.id() + " has a line break; write it on one line");
      }
    }
    byte[] destination =
        bounded("destination", document.destination(), Document.MAX_DESTINATION_BYTES);
    byte[] id = bounded("document ID", document.id(), Document.MAX_ID_BYTES);
    begin();
    put(destination, 0, destination.length);
    endDestination();
    put(id, 0, id.length);
    endId();
    endEventId(document.eventId());
    put(source, 0, source.length);
    end();
    return this;
  }

  private static byte[] bounded(String what, String text, int max) {
    byte[] utf8 = text.getBytes(UTF_8);
    if (utf8.length == 0 || utf8.length > max) {
      throw new IllegalArgumentException(
          "the "
              + what
              + " \""
              + text
              + "\" has "
              + utf8.length
              + " bytes; it must have 1 to "
              + max);
    }
    return utf8;
  }

  /** Returns the number of finished documents. */
  public int size() {
    return size;
  }

  /** Returns the size of the finished documents in bytes. */
  public int byteSize() {
    return starts[size];
  }

  /** Builds the batch. The builder must not be used afterwards. */
  public DocumentBatch build() {
    return new DocumentBatch(new DocumentBatch.Storage(bytes, starts), 0, size);
  }

  /** Returns the time of acceptance in milliseconds. The clock is read once per batch. */
  public long acceptedAt(Clock clock) {
    if (acceptedAt == NOT_YET) {
      acceptedAt = clock.millis();
    }
    return acceptedAt;
  }

  /** Counts an event for which the resolver knew no ID. */
  public void countIdMiss() {
    idMisses++;
  }

  /** Returns the number of events for which the resolver knew no ID. */
  public int idMisses() {
    return idMisses;
  }

  /**
   * Records that the transformer discards the present event on purpose: its outcome is {@code
   * Dropped}. To be called instead of adding a document.
   */
  public void drop() {
    dropAt = size;
  }

  /** Returns whether {@link #drop} was called after the last document was added, and forgets it. */
  public boolean takeDrop() {
    boolean called = dropAt == size;
    dropAt = -1;
    return called;
  }

  /** Begins a document. */
  public void begin() {
    length = starts[size];
    ensure(DocumentBatch.HEADER);
    length += DocumentBatch.HEADER;
    mark = length;
  }

  /** Ends the destination: 1 to {@link Document#MAX_DESTINATION_BYTES} bytes of UTF-8. */
  public void endDestination() {
    putShortAt(starts[size], length - mark);
    mark = length;
  }

  /** Ends the document id: 1 to {@link Document#MAX_ID_BYTES} bytes of UTF-8. */
  public void endId() {
    putShortAt(starts[size] + 2, length - mark);
    mark = length;
  }

  /** Appends the event ID, or null if there is none. */
  public void endEventId(@Nullable String eventId) {
    if (eventId == null) {
      putShortAt(starts[size] + 4, DocumentBatch.NO_EVENT_ID);
    } else {
      putText(eventId);
      if (length - mark >= DocumentBatch.NO_EVENT_ID) {
        throw new IllegalArgumentException(
            "the event ID has "
                + (length - mark)
                + " bytes; it may have "
                + (DocumentBatch.NO_EVENT_ID - 1));
      }
      putShortAt(starts[size] + 4, length - mark);
    }
    mark = length;
  }

  /** Ends the source, and with it the document. */
  public void end() {
    int sourceLength = length - mark;
    DocumentBatch.INT.set(bytes, starts[size] + 6, sourceLength);
    endRecord();
  }

  /** Appends bytes. */
  public void put(byte[] from, int start, int count) {
    ensure(count);
    System.arraycopy(from, start, bytes, length, count);
    length += count;
  }

  /**
   * Appends JSON on one line. A line break in JSON can only be between tokens, where a blank is
   * equivalent.
   */
  public void putOnOneLine(byte[] json, int start, int count) {
    ensure(count);
    for (int i = start; i < start + count; i++) {
      byte c = json[i];
      bytes[length++] = c == '\n' || c == '\r' ? (byte) ' ' : c;
    }
  }

  /** Appends a byte. */
  public void put(byte b) {
    ensure(1);
    bytes[length++] = b;
  }

  /** Reserves space that the caller fills in {@link #buffer()}, and returns its start. */
  public int reserve(int count) {
    ensure(count);
    int at = length;
    length += count;
    return at;
  }

  /** Returns the buffer. The next call that appends something may replace it. */
  public byte[] buffer() {
    return bytes;
  }

  /** Appends text as UTF-8. */
  public void putText(String text) {
    int count = text.length();
    ensure(count);
    int at = length;
    for (int i = 0; i < count; i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        byte[] utf8 = text.getBytes(UTF_8);
        put(utf8, 0, utf8.length);
        return;
      }
      bytes[at + i] = (byte) c;
    }
    length += count;
  }

  /** Appends text as a JSON string, with quotes and escapes. */
  public void putJsonString(String text) {
    int count = text.length();
    ensure(count + 2);
    int at = length;
    bytes[at++] = '"';
    for (int i = 0; i < count; i++) {
      char c = text.charAt(i);
      if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') {
        putText(JsonStrings.quote(text));
        return;
      }
      bytes[at++] = (byte) c;
    }
    bytes[at++] = '"';
    length = at;
  }

  /** Removes all documents after the first {@code count}. */
  public void truncate(int count) {
    size = count;
    dropAt = -1;
  }

  void addRecords(DocumentBatch batch, int from, int to) {
    int[] theirStarts = batch.storage.starts;
    int recordsStart = theirStarts[batch.first + from];
    length = starts[size];
    int shift = length - recordsStart;
    put(batch.storage.bytes(), recordsStart, theirStarts[batch.first + to] - recordsStart);
    int end = length;
    for (int i = from; i < to; i++) {
      length = theirStarts[batch.first + i + 1] + shift;
      endRecord();
    }
    length = end;
  }

  private void endRecord() {
    size++;
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, 2 * size);
    }
    starts[size] = length;
  }

  private void putShortAt(int at, int value) {
    DocumentBatch.SHORT.set(bytes, at, (short) value);
  }

  private void ensure(int more) {
    if (bytes.length - length < more) {
      // as a long: twice the size of a large batch may exceed the range of an int
      long wanted = Math.max(2L * bytes.length, (long) length + more);
      if (wanted > DocumentBatch.MAX_BYTES) {
        wanted = Math.max(DocumentBatch.MAX_BYTES, (long) length + more);
      }
      bytes = Arrays.copyOf(bytes, Math.toIntExact(wanted));
    }
  }
}

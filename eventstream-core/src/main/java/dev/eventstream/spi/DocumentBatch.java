package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.json.JsonStrings;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Clock;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Documents side by side in one buffer: what sinks write, and what a spool stores as it is.
 *
 * <p>A document is a record; all integers are big-endian:
 *
 * <pre>
 *   bytes  field
 *   2      length of destination      1..255
 *   2      length of id               1..512
 *   2      length of event ID         0xFFFF: there is none
 *   4      length of source
 *   ...    destination, id, event ID (UTF-8), source (JSON without line breaks)
 * </pre>
 *
 * <p>Those who write sinks read it with a {@link Cursor}, without an object a document. Immutable
 * and thread-safe once built; a slice shares the buffer of its batch. A stream uses the buffer of a
 * batch again for another one when its sink has written it; who still reads the old one then gets
 * an {@link IllegalStateException}, see {@link EventSink#write}.
 */
public final class DocumentBatch {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private static final int HEADER = 10;
  private static final int NO_EVENT_ID = 0xFFFF;
  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  private final Storage storage; // shared with slices
  private final int first;
  private final int size;

  private DocumentBatch(Storage storage, int first, int size) {
    this.storage = storage;
    this.first = first;
    this.size = size;
  }

  /** What batches lie in: one batch and its slices at a time. */
  static final class Storage {
    private final byte[] bytes;
    private final int[] starts; // of the records, and in the end where the last one ends
    private volatile boolean released;

    Storage(byte[] bytes, int[] starts) {
      this.bytes = bytes;
      this.starts = starts;
    }

    byte[] bytes() {
      checkInUse();
      return bytes;
    }

    int[] starts() {
      checkInUse();
      return starts;
    }

    int capacity() {
      return bytes.length;
    }

    private void checkInUse() {
      if (released) {
        throw new IllegalStateException(
            "the batch was read after its sink had written it; copy what is to be kept");
      }
    }
  }

  /**
   * A batch of the given documents.
   *
   * @param documents the documents
   * @return the batch
   */
  public static DocumentBatch of(Document... documents) {
    Builder builder = new Builder(256 * documents.length, documents.length);
    for (Document document : documents) {
      builder.add(document);
    }
    return builder.build();
  }

  /**
   * A batch of records in the format above, as {@link #copyRecords} gave them.
   *
   * @param records whole records and nothing else; the batch keeps the array
   * @return the batch
   * @throws IllegalArgumentException when these are no such records
   */
  public static DocumentBatch ofRecords(byte[] records) {
    int[] starts = new int[Math.max(2, records.length / 256)];
    int size = 0;
    int at = 0;
    while (at < records.length) {
      int end = endOfRecord(records, at);
      if (size + 1 == starts.length) {
        starts = Arrays.copyOf(starts, 2 * starts.length);
      }
      starts[++size] = end;
      at = end;
    }
    return new DocumentBatch(new Storage(records, starts), 0, size);
  }

  private static int endOfRecord(byte[] records, int at) {
    if (records.length - at >= HEADER) {
      ByteBuffer header = ByteBuffer.wrap(records, at, HEADER);
      int destination = header.getShort() & 0xFFFF;
      int id = header.getShort() & 0xFFFF;
      int eventId = header.getShort() & 0xFFFF;
      long source = header.getInt();
      long end = (long) at + HEADER + destination + id + source;
      end += eventId == NO_EVENT_ID ? 0 : eventId;
      if (destination > 0 && id > 0 && source >= 0 && end <= records.length) {
        return (int) end;
      }
    }
    throw new IllegalArgumentException(
        "there is no whole document at byte " + at + " of " + records.length);
  }

  /**
   * Copies its records, in the format above.
   *
   * @param target where to
   * @param position where the first byte goes; {@link #byteSize} bytes follow
   */
  public void copyRecords(byte[] target, int position) {
    System.arraycopy(storage.bytes(), storage.starts()[first], target, position, byteSize());
  }

  /**
   * Several batches as one, in order. Copies their records.
   *
   * @param batches at least one
   * @return the batch
   */
  public static DocumentBatch join(Iterable<DocumentBatch> batches) {
    int bytes = 0;
    int size = 0;
    for (DocumentBatch batch : batches) {
      bytes += batch.byteSize();
      size += batch.size;
    }
    Builder builder = new Builder(bytes, size);
    for (DocumentBatch batch : batches) {
      builder.addRecords(batch, 0, batch.size);
    }
    return builder.build();
  }

  /**
   * How many documents it holds.
   *
   * @return the number of documents
   */
  public int size() {
    return size;
  }

  /**
   * How many bytes its records take.
   *
   * @return bytes, headers included
   */
  public int byteSize() {
    int[] starts = storage.starts();
    return starts[first + size] - starts[first];
  }

  /**
   * How far one gets from a document within a number of bytes.
   *
   * @param from the first document's position
   * @param maxBytes how many bytes the records may take
   * @return the position behind the last document that fits; {@code from} when not even one does
   */
  public int endWithin(int from, int maxBytes) {
    int[] starts = storage.starts();
    long limit = (long) starts[first + from] + maxBytes;
    if (starts[first + size] <= limit) {
      return size;
    }
    int at = Arrays.binarySearch(starts, first + from, first + size + 1, (int) limit);
    return (at >= 0 ? at : -at - 2) - first;
  }

  /**
   * Some of its documents in a row, without copying.
   *
   * @param from the first one's position
   * @param to the last one's position, exclusive
   * @return the slice
   */
  public DocumentBatch slice(int from, int to) {
    if (from < 0 || to > size || from > to) {
      throw new IndexOutOfBoundsException(from + ".." + to + " of " + size);
    }
    return new DocumentBatch(storage, first + from, to - from);
  }

  /**
   * The documents at the given positions, in that order. Copies their records.
   *
   * @param positions positions in this batch
   * @return the batch
   */
  public DocumentBatch select(int... positions) {
    Builder builder = new Builder(256 * positions.length, positions.length);
    for (int position : positions) {
      builder.addRecords(this, position, position + 1);
    }
    return builder.build();
  }

  /** The same documents with empty sources. Copies the rest. */
  DocumentBatch withoutSources() {
    int[] shortStarts = new int[size + 1];
    Cursor cursor = cursor();
    for (int i = 0; i < size; i++) {
      cursor.moveTo(i);
      int length = cursor.sourceStart - cursor.destinationStart + HEADER;
      shortStarts[i + 1] = shortStarts[i] + length;
    }
    byte[] records = new byte[shortStarts[size]];
    for (int i = 0; i < size; i++) {
      cursor.moveTo(i);
      int length = shortStarts[i + 1] - shortStarts[i];
      int record = cursor.destinationStart - HEADER;
      System.arraycopy(cursor.bytes, record, records, shortStarts[i], length);
      INT.set(records, shortStarts[i] + 6, 0);
    }
    return new DocumentBatch(new Storage(records, shortStarts), 0, size);
  }

  /** Gives its buffer away; whoever reads the batch or a slice of it from now on is told so. */
  Storage release() {
    Storage mine = new Storage(storage.bytes(), storage.starts());
    storage.released = true;
    return mine;
  }

  /**
   * One document as an object; convenient, not fast.
   *
   * @param index its position
   * @return a copy of the document
   */
  public Document get(int index) {
    Cursor cursor = cursor();
    cursor.moveTo(index);
    return new Document(cursor.destination(), cursor.id(), cursor.eventId(), cursor.copyOfSource());
  }

  /**
   * A cursor in front of the first document.
   *
   * @return a new cursor
   */
  public Cursor cursor() {
    return new Cursor(this);
  }

  /** Walks a batch and shows where the parts of a document lie. Not thread-safe. */
  public static final class Cursor {
    private final byte[] bytes;
    private final int[] starts;
    private final int first;
    private final int size;
    private int index = -1;
    private int destinationStart;
    private int idStart;
    private int eventIdStart;
    private int sourceStart;
    private int sourceEnd;
    private boolean hasEventId;

    private Cursor(DocumentBatch batch) {
      bytes = batch.storage.bytes();
      starts = batch.storage.starts();
      first = batch.first;
      size = batch.size;
    }

    /**
     * Moves to the next document.
     *
     * @return false when there is none
     */
    public boolean next() {
      if (index + 1 >= size) {
        return false;
      }
      moveTo(index + 1);
      return true;
    }

    /**
     * Moves to a document.
     *
     * @param position from 0
     */
    public void moveTo(int position) {
      if (position < 0 || position >= size) {
        throw new IndexOutOfBoundsException(position + " of " + size);
      }
      index = position;
      int record = starts[first + position];
      int eventIdLength = readShort(record + 4);
      hasEventId = eventIdLength != NO_EVENT_ID;
      destinationStart = record + HEADER;
      idStart = destinationStart + readShort(record);
      eventIdStart = idStart + readShort(record + 2);
      sourceStart = eventIdStart + (hasEventId ? eventIdLength : 0);
      sourceEnd = starts[first + position + 1];
    }

    /**
     * The buffer that all positions refer to.
     *
     * @return the buffer itself; not to be changed
     */
    public byte[] buffer() {
      return bytes;
    }

    /**
     * Where the destination starts; it ends where the id starts.
     *
     * @return position in the buffer
     */
    public int destinationStart() {
      return destinationStart;
    }

    /**
     * Where the id starts.
     *
     * @return position in the buffer
     */
    public int idStart() {
      return idStart;
    }

    /**
     * Where the id ends.
     *
     * @return position in the buffer, exclusive
     */
    public int idEnd() {
      return eventIdStart;
    }

    /**
     * Where the source starts.
     *
     * @return position in the buffer
     */
    public int sourceStart() {
      return sourceStart;
    }

    /**
     * Where the source ends.
     *
     * @return position in the buffer, exclusive
     */
    public int sourceEnd() {
      return sourceEnd;
    }

    /**
     * The destination as text.
     *
     * @return a new string
     */
    public String destination() {
      return text(destinationStart, idStart);
    }

    /**
     * The id as text.
     *
     * @return a new string
     */
    public String id() {
      return text(idStart, eventIdStart);
    }

    /**
     * The event ID as text.
     *
     * @return a new string, or null where there is none
     */
    public @Nullable String eventId() {
      return hasEventId ? text(eventIdStart, sourceStart) : null;
    }

    byte[] copyOfSource() {
      return Arrays.copyOfRange(bytes, sourceStart, sourceEnd);
    }

    private String text(int start, int end) {
      return new String(bytes, start, end - start, UTF_8);
    }

    private int readShort(int at) {
      return (short) SHORT.get(bytes, at) & 0xFFFF;
    }
  }

  /** Collects documents into a batch. Not thread-safe. */
  public static final class Builder {
    private static final long NOT_YET = Long.MIN_VALUE;

    private byte[] bytes;
    private int length;
    private int[] starts;
    private int size;
    private int mark; // where the field that is being written starts
    private long acceptedAt = NOT_YET;
    private int idMisses;

    /**
     * Creates a builder; it grows as needed.
     *
     * @param expectedBytes how many bytes the records will about take
     * @param expectedSize how many documents there will about be
     */
    public Builder(int expectedBytes, int expectedSize) {
      bytes = new byte[Math.max(64, expectedBytes)];
      starts = new int[Math.max(1, expectedSize) + 1];
    }

    /** Creates a builder that writes over what a storage holds. */
    Builder(Storage storage) {
      bytes = storage.bytes;
      starts = storage.starts;
    }

    /**
     * Adds a document.
     *
     * @param document the document
     * @return this builder
     * @throws IllegalArgumentException when destination or id is empty or too long, or the source
     *     has a line break (sinks write one document a line)
     */
    public Builder add(Document document) {
      byte[] source = document.source();
      for (byte b : source) {
        if (b == '\n') {
          throw new IllegalArgumentException(
              "the source of " + document.id() + " has a line break; write it on one line");
        }
      }
      byte[] destination =
          bounded("destination", document.destination(), Document.MAX_DESTINATION_BYTES);
      byte[] id = bounded("document id", document.id(), Document.MAX_ID_BYTES);
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

    /**
     * How many documents it holds.
     *
     * @return the number of finished documents
     */
    public int size() {
      return size;
    }

    /**
     * The batch of all documents added. The builder must not be used afterwards.
     *
     * @return the batch
     */
    public DocumentBatch build() {
      return new DocumentBatch(new Storage(bytes, starts), 0, size);
    }

    /** When the documents were accepted, in milliseconds: the clock is asked once a batch. */
    long acceptedAt(Clock clock) {
      if (acceptedAt == NOT_YET) {
        acceptedAt = clock.millis();
      }
      return acceptedAt;
    }

    /** The resolver knew no ID for an event. */
    void countIdMiss() {
      idMisses++;
    }

    int idMisses() {
      return idMisses;
    }

    // A document is written in this order: begin, destination, endDestination, id, endId,
    // endEventId, source, end. What was begun and not ended is dropped by the next begin.

    void begin() {
      length = starts[size];
      ensure(HEADER);
      length += HEADER;
      mark = length;
    }

    void endDestination() {
      putShortAt(starts[size], length - mark);
      mark = length;
    }

    void endId() {
      putShortAt(starts[size] + 2, length - mark);
      mark = length;
    }

    void endEventId(@Nullable String eventId) {
      if (eventId == null) {
        putShortAt(starts[size] + 4, NO_EVENT_ID);
      } else {
        putText(eventId);
        if (length - mark >= NO_EVENT_ID) {
          throw new IllegalArgumentException(
              "the event ID has " + (length - mark) + " bytes; it may have " + (NO_EVENT_ID - 1));
        }
        putShortAt(starts[size] + 4, length - mark);
      }
      mark = length;
    }

    void end() {
      int sourceLength = length - mark;
      INT.set(bytes, starts[size] + 6, sourceLength);
      endRecord();
    }

    void put(byte[] from, int start, int count) {
      ensure(count);
      System.arraycopy(from, start, bytes, length, count);
      length += count;
    }

    /** Puts JSON on one line: a line break can only stand between tokens, where a blank does. */
    void putOnOneLine(byte[] json, int start, int count) {
      ensure(count);
      for (int i = start; i < start + count; i++) {
        byte c = json[i];
        bytes[length++] = c == '\n' || c == '\r' ? (byte) ' ' : c;
      }
    }

    void put(byte b) {
      ensure(1);
      bytes[length++] = b;
    }

    /** Makes room for what the caller writes into {@link #buffer()}; returns where it begins. */
    int reserve(int count) {
      ensure(count);
      int at = length;
      length += count;
      return at;
    }

    byte[] buffer() {
      return bytes;
    }

    void putText(String text) {
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

    void putJsonString(String text) {
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

    /** Drops the documents behind the first {@code count}. */
    void truncate(int count) {
      size = count;
    }

    void addRecords(DocumentBatch batch, int from, int to) {
      int[] theirStarts = batch.storage.starts();
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
      SHORT.set(bytes, at, (short) value);
    }

    private void ensure(int more) {
      if (bytes.length - length < more) {
        // widened before doubling: a batch of many large events may pass half of an int's range
        long wanted = Math.max(2L * bytes.length, (long) length + more);
        if (wanted > MAX_BYTES) {
          wanted = Math.max(MAX_BYTES, (long) length + more);
        }
        bytes = Arrays.copyOf(bytes, Math.toIntExact(wanted));
      }
    }
  }
}

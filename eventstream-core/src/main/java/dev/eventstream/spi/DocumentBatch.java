package dev.eventstream.spi;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
  static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  static final int HEADER = 10;
  static final int NO_EVENT_ID = 0xFFFF;
  static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  final Storage storage; // shared with slices
  final int first;
  private final int size;

  DocumentBatch(Storage storage, int first, int size) {
    this.storage = storage;
    this.first = first;
    this.size = size;
  }

  /** What batches lie in: one batch and its slices at a time. */
  static final class Storage {
    final byte[] bytes;
    final int[] starts; // of the records, and in the end where the last one ends
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
    DocumentBatchBuilder builder =
        new DocumentBatchBuilder(256 * documents.length, documents.length);
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
    DocumentBatchBuilder builder = new DocumentBatchBuilder(bytes, size);
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
    DocumentBatchBuilder builder =
        new DocumentBatchBuilder(256 * positions.length, positions.length);
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
    final byte[] bytes;
    private final int[] starts;
    final int first;
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
}

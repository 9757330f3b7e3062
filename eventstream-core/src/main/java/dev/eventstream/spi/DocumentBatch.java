package dev.eventstream.spi;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Documents stored one after another in one buffer: what sinks write, and what a spool stores
 * unchanged.
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
 * <p>A sink reads a batch with a {@link Cursor}, which allocates no object per document. Immutable
 * and thread-safe once built; a slice shares the buffer of its batch. After the sink has written a
 * batch, the stream reuses its buffer; reading the old batch then throws an {@link
 * IllegalStateException}, see {@link EventSink#write}.
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

  /** The arrays that contain a batch; used by one batch and its slices at a time. */
  static final class Storage {
    final byte[] bytes;
    final int[] starts; // of each record, followed by the end of the last one
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
            "the batch was read after its sink had written it; copy the data to keep it");
      }
    }
  }

  /** Creates a batch of the given documents. */
  public static DocumentBatch of(Document... documents) {
    DocumentBatchBuilder builder =
        new DocumentBatchBuilder(256 * documents.length, documents.length);
    for (Document document : documents) {
      builder.add(document);
    }
    return builder.build();
  }

  /**
   * Creates a batch of records in the format above, as written by {@link #copyRecords}.
   *
   * @param records complete records and nothing else; the batch keeps the array
   * @throws IllegalArgumentException if the records are malformed
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
        "there is no complete document at byte " + at + " of " + records.length);
  }

  /**
   * Copies the records in the format above.
   *
   * @param position where the first byte is written; {@link #byteSize} bytes are written
   */
  public void copyRecords(byte[] target, int position) {
    System.arraycopy(storage.bytes(), storage.starts()[first], target, position, byteSize());
  }

  /**
   * Concatenates batches in order. Copies their records.
   *
   * @param batches at least one
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

  /** Returns the number of documents. */
  public int size() {
    return size;
  }

  /** Returns the size of the records in bytes, headers included. */
  public int byteSize() {
    int[] starts = storage.starts();
    return starts[first + size] - starts[first];
  }

  /**
   * Finds how many consecutive documents fit into a number of bytes.
   *
   * @param from the position of the first document
   * @param maxBytes the maximum size of the records
   * @return the position after the last document that fits; {@code from} if none fits
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
   * Returns consecutive documents without copying them.
   *
   * @param from the position of the first document
   * @param to the position of the last document, exclusive
   */
  public DocumentBatch slice(int from, int to) {
    if (from < 0 || to > size || from > to) {
      throw new IndexOutOfBoundsException(from + ".." + to + " of " + size);
    }
    return new DocumentBatch(storage, first + from, to - from);
  }

  /** Returns the documents at the given positions, in that order. Copies their records. */
  public DocumentBatch select(int... positions) {
    DocumentBatchBuilder builder =
        new DocumentBatchBuilder(256 * positions.length, positions.length);
    for (int position : positions) {
      builder.addRecords(this, position, position + 1);
    }
    return builder.build();
  }

  /** Returns the same documents with empty sources. Copies the rest. */
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

  /** Gives up the buffer; reading the batch or a slice of it throws from now on. */
  Storage release() {
    Storage mine = new Storage(storage.bytes(), storage.starts());
    storage.released = true;
    return mine;
  }

  /** Returns a copy of one document as an object. Convenient rather than fast. */
  public Document get(int index) {
    Cursor cursor = cursor();
    cursor.moveTo(index);
    return new Document(cursor.destination(), cursor.id(), cursor.eventId(), cursor.copyOfSource());
  }

  /** Returns a new cursor, positioned before the first document. */
  public Cursor cursor() {
    return new Cursor(this);
  }

  /** Iterates over a batch and returns the positions of a document's parts. Not thread-safe. */
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
     * @return false if there is none
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

    /** Returns the buffer that all positions refer to, not a copy; must not be modified. */
    public byte[] buffer() {
      return bytes;
    }

    /** Returns where the destination starts in the buffer. It ends where the ID starts. */
    public int destinationStart() {
      return destinationStart;
    }

    /** Returns where the ID starts in the buffer. */
    public int idStart() {
      return idStart;
    }

    /** Returns where the ID ends in the buffer, exclusive. */
    public int idEnd() {
      return eventIdStart;
    }

    /** Returns where the source starts in the buffer. */
    public int sourceStart() {
      return sourceStart;
    }

    /** Returns where the source ends in the buffer, exclusive. */
    public int sourceEnd() {
      return sourceEnd;
    }

    /** Returns the destination as a new string. */
    public String destination() {
      return text(destinationStart, idStart);
    }

    /** Returns the ID as a new string. */
    public String id() {
      return text(idStart, eventIdStart);
    }

    /** Returns the {@code eventType} of the document's source, or null if it has none. */
    public @Nullable String eventType() {
      return Document.eventType(buffer(), sourceStart(), sourceEnd());
    }

    /** Returns the event ID as a new string, or null if there is none. */
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

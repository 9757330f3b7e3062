package dev.eventstream.spool.log;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a segment that is not written any more, in any state. Finds the records by their headers,
 * without MapDB's index, which a power cut may have destroyed. Recovery after a crash is therefore
 * the same as every other start.
 *
 * <p>Not thread-safe. Reads through a {@link RandomAccessFile}, which an interrupt does not close
 * as it would close a channel.
 */
public final class SegmentReader implements Closeable {
  private static final int FIRST_RECORD = 1 << 20; // after MapDB's header and index page
  private static final int ALIGNMENT = 16; // MapDB's

  /** MapDB's free lists between records have no longer sequences of bytes that are not zero. */
  private static final int MAX_FREE_LIST = 96;

  private static final int SMALL_WINDOW = 4 << 10;
  private static final int LARGE_WINDOW = 64 << 10;

  private final RandomAccessFile file;
  private final byte[] window = new byte[LARGE_WINDOW];
  private long windowStart;
  private int windowLength;

  private long[] positions = new long[64]; // of records by index; 0: missing
  private int[] lengths = new int[64]; // of their payloads
  private int drained;
  private int end; // the highest index, plus one
  private int committed; // at least so many records were fsynced
  private int marked = -1; // exactly so many were committed; -1: not known
  private final Tally left = new Tally(); // records after the drained ones
  private Tally waiting = left; // those of them that are known to wait
  private int waitingFrom; // the first record that the note does not cover
  private long used = FIRST_RECORD; // the position after the last byte that is not zero
  private int stray; // while scanning: consecutive bytes that belong to no record
  private boolean remnants;

  /** Counts documents. */
  private static final class Tally {
    private long documents;
    private long bytes;
    private long oldest = Long.MAX_VALUE;

    void add(Block.Header header) {
      if (header.part() == 0) {
        documents += header.kind() == Block.DOCUMENTS ? header.count() : 0;
        oldest = header.kind() == Block.SEAL ? oldest : Math.min(oldest, header.acceptedAt());
      }
      bytes += header.kind() == Block.DOCUMENTS ? header.length() : 0;
    }
  }

  private SegmentReader(RandomAccessFile file) {
    this.file = file;
  }

  /**
   * Opens a segment and finds its records by their headers; payloads are not read yet.
   *
   * @throws NewerFormatException when it has records of a later version of the format
   */
  public static SegmentReader open(Path file) throws IOException {
    RandomAccessFile opened = new RandomAccessFile(file.toFile(), "r");
    try {
      SegmentReader reader = new SegmentReader(opened);
      reader.scan();
      return reader;
    } catch (NewerFormatException e) {
      opened.close();
      throw e;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw new IOException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private void scan() throws IOException {
    long size = file.length();
    remnants = size > 0 && size < FIRST_RECORD; // a segment that is being deleted is empty
    Progress progress = Progress.read(file);
    if (progress != null) {
      drained = progress.drained();
      start(progress);
    }
    marked = CommitMark.read(file);
    long at = FIRST_RECORD;
    boolean hit = true;
    while (at + Block.HEADER <= size) {
      Block.Header header = headerAt(at, size, hit ? SMALL_WINDOW : LARGE_WINDOW);
      hit = header != null && at + Block.HEADER + header.length() <= size && header.length() >= 0;
      remnants |= header != null && !hit; // cut off
      if (header != null && hit) {
        note(header, at);
        at += (Block.HEADER + header.length() + ALIGNMENT - 1) & -ALIGNMENT;
        used = at;
        stray = 0;
      } else {
        boolean blank = isBlank(at);
        used = blank ? used : at + ALIGNMENT;
        stray = blank ? 0 : stray + ALIGNMENT;
        remnants |= stray > MAX_FREE_LIST;
        at += ALIGNMENT;
      }
    }
  }

  private void start(Progress progress) {
    if (progress.records() > 0) {
      waiting = new Tally();
      waiting.documents = progress.documents();
      waiting.bytes = progress.bytes();
      waiting.oldest = progress.oldest();
      waitingFrom = progress.records();
    }
  }

  private boolean isBlank(long at) {
    ByteBuffer bytes = ByteBuffer.wrap(window, (int) (at - windowStart), ALIGNMENT);
    return bytes.getLong(bytes.position()) == 0 && bytes.getLong(bytes.position() + 8) == 0;
  }

  private Block.@Nullable Header headerAt(long at, long size, int read) throws IOException {
    if (at < windowStart || at + Block.HEADER > windowStart + windowLength) {
      windowStart = at;
      windowLength = (int) Math.min(read, size - at);
      readFully(window, windowLength, at);
    }
    int offset = (int) (at - windowStart);
    // most of an unused file is zeros; skip them quickly
    return window[offset] == 0 && window[offset + 1] == -1
        ? Block.readHeader(window, offset)
        : null;
  }

  private void note(Block.Header header, long at) {
    int index = header.index();
    if (index < 0 || index > 1 << 20) {
      return;
    }
    if (index >= positions.length) {
      int capacity = Math.max(index + 1, 2 * positions.length);
      positions = Arrays.copyOf(positions, capacity);
      lengths = Arrays.copyOf(lengths, capacity);
    }
    if (positions[index] != 0) {
      return;
    }
    positions[index] = at;
    lengths[index] = header.length();
    end = Math.max(end, index + 1);
    committed = Math.max(committed, header.kind() == Block.SEAL ? index + 1 : header.committed());
    if (index >= drained) {
      left.add(header);
    }
    if (waiting != left && index >= waitingFrom) {
      waiting.add(header);
    }
  }

  /** How many records there are, including lost ones in between. */
  public int end() {
    return Math.max(end, Math.max(committed, marked));
  }

  /** How many bytes of the file are used; the rest was only allocated. */
  public long usedBytes() {
    return used;
  }

  /** How many records, from the first on, have left the spool, as last noted. */
  public int drained() {
    return drained;
  }

  /**
   * Whether a block that could not be read is damaged. It is not when a crash has interrupted its
   * writing: then it was never acknowledged.
   */
  public boolean isDamage(int index) throws IOException {
    if (index < committed || marked >= 0) {
      return index < Math.max(committed, marked);
    }
    byte[] record = readRecord(index);
    return record == null || !Parts.isWhole(record, index);
  }

  /**
   * Whether there are bytes that belong to no record and may be those of a damaged one. It is false
   * when the commit mark tells that they were never acknowledged.
   */
  public boolean hasRemnants() {
    return remnants && marked < 0;
  }

  /** How many documents are sent after a restart; some may be in the cluster already. */
  public long documents() {
    return left.documents;
  }

  /** How many bytes these documents take. */
  public long bytes() {
    return left.bytes;
  }

  /** When the oldest of them was accepted, milliseconds since 1970. */
  public long oldest() {
    return left.oldest;
  }

  /** How many documents wait, as the owner of the segment has last noted. */
  public long waitingDocuments() {
    return waiting.documents;
  }

  /** How many bytes the waiting documents take. */
  public long waitingBytes() {
    return waiting.bytes;
  }

  /** When the oldest waiting document was accepted, milliseconds since 1970. */
  public long oldestWaiting() {
    return waiting.oldest;
  }

  /**
   * Reads a block.
   *
   * @return null when it is missing or not complete
   */
  public @Nullable Block read(int index) throws IOException {
    return Parts.join(index, this::readRecord);
  }

  private byte @Nullable [] readRecord(int index) throws IOException {
    if (index >= end || positions[index] == 0) {
      return null;
    }
    byte[] record = new byte[Block.HEADER + lengths[index]];
    readFully(record, record.length, positions[index]);
    return record;
  }

  private void readFully(byte[] target, int length, long position) throws IOException {
    file.seek(position);
    file.readFully(target, 0, length);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

package dev.eventstream.spool;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a segment that nobody writes any more, whatever state it was left in: finds the records by
 * their headers, without MapDB's index, which a power cut may have spoilt. So the way back from a
 * crash is the way that is always taken. Not thread-safe. A thread that is interrupted reads on: a
 * channel would close, and all that is behind would look damaged.
 */
final class SegmentReader implements Closeable {
  private static final int FIRST_RECORD = 1 << 20; // behind MapDB's header and index page
  private static final int ALIGNMENT = 16; // MapDB's

  /** What MapDB puts between records, its free lists, has no longer pieces that are not blank. */
  private static final int MAX_FREE_LIST = 96;

  private static final int SMALL_WINDOW = 4 << 10;
  private static final int LARGE_WINDOW = 64 << 10;

  private final RandomAccessFile file;
  private final byte[] window = new byte[LARGE_WINDOW];
  private long windowStart;
  private int windowLength;

  private long[] positions = new long[64]; // of records by index; 0: there is none
  private int[] lengths = new int[64]; // of their payloads
  private int drained;
  private int end; // the highest index there is, plus one
  private int committed; // how many were fsynced for sure
  private int marked = -1; // how many were fsynced at all; -1: not known
  private final Tally left = new Tally(); // behind what is drained
  private Tally waiting = left; // of that, what is known to wait
  private int waitingFrom; // the first record that is not among these yet
  private long used = FIRST_RECORD; // behind the last byte that is not blank
  private int stray; // bytes in a row, while scanning, that belong to no record
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
   * Opens a segment and finds its records; their payloads are not looked at yet.
   *
   * @throws NewerFormatException when it has records of a later version of the format
   */
  static SegmentReader open(Path file) throws IOException {
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
    remnants = size > 0 && size < FIRST_RECORD; // one that is about to be deleted is empty
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
    // what no header starts with is most of an unused file; spare it the closer look
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

  /** How many records there are, lost ones in between included. */
  int end() {
    return Math.max(end, Math.max(committed, marked));
  }

  /** How long the file need be: what is behind was allocated and never used. */
  long usedBytes() {
    return used;
  }

  /** Up to which record the cluster has everything. */
  int drained() {
    return drained;
  }

  /**
   * Whether a block that could not be read is damaged, or is merely the last one, whose writing a
   * crash ended: nobody was told that it is kept.
   */
  boolean isDamage(int index) throws IOException {
    if (index < committed || marked >= 0) {
      return index < Math.max(committed, marked);
    }
    byte[] record = readRecord(index);
    return record == null || !Parts.isWhole(record, index);
  }

  /**
   * Whether there are bytes that belong to no record, and it is not known that they are those of
   * one that was torn: they may be of one that is damaged.
   */
  boolean hasRemnants() {
    return remnants && marked < 0;
  }

  /** How many documents are to be sent after a restart: some may have arrived already. */
  long documents() {
    return left.documents;
  }

  long bytes() {
    return left.bytes;
  }

  /** When the oldest was accepted, milliseconds since 1970. */
  long oldest() {
    return left.oldest;
  }

  /** How many documents wait, as the process last noted that works with the segment. */
  long waitingDocuments() {
    return waiting.documents;
  }

  long waitingBytes() {
    return waiting.bytes;
  }

  /** When the oldest of those that wait was accepted, milliseconds since 1970. */
  long oldestWaiting() {
    return waiting.oldest;
  }

  /**
   * Reads a block.
   *
   * @return null when it is not there or not whole
   */
  @Nullable Block read(int index) throws IOException {
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

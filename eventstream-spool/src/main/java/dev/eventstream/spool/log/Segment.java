package dev.eventstream.spool.log;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A segment to read from: through its writer while this process writes it, and through a {@link
 * SegmentReader} afterwards.
 *
 * <p>For one reading thread at a time; {@link #ended}, {@link #isDamaged} and {@link #file} may be
 * called by any thread.
 */
public final class Segment {
  private final Path file;
  private final Damage damage;
  private final boolean writtenHere;
  private volatile @Nullable SegmentWriter writer;
  private volatile boolean damaged;
  private @Nullable SegmentReader reader;

  /** A segment that this process writes. */
  Segment(Path file, SegmentWriter writer, Damage damage) {
    this.file = file;
    this.damage = damage;
    this.writtenHere = true;
    this.writer = writer;
  }

  /** A segment that another process, or an earlier one, has written. */
  Segment(Path file, SegmentReader reader, Damage damage) {
    this.file = file;
    this.damage = damage;
    this.writtenHere = false;
    this.reader = reader;
    if (reader.hasRemnants()) {
      noteDamage("Bytes between the records", null);
    }
  }

  /** The file, which may be gone when the segment was removed. */
  public Path file() {
    return file;
  }

  /** Whether something in the file could not be read. */
  public boolean isDamaged() {
    return damaged;
  }

  /** Notes that this process does not write the segment any more. */
  void ended() {
    writer = null;
  }

  /**
   * How many records are committed.
   *
   * @throws IllegalStateException when this process does not write the segment
   */
  public int committed() {
    SegmentWriter writing = writer;
    if (writing == null) {
      throw new IllegalStateException(file + " is not written");
    }
    return writing.committed();
  }

  /**
   * Reads a block. A record that is missing although it was committed, or that has changed, is
   * noted as damage; a record that a crash left incomplete is not.
   *
   * @return null when there is no readable block at this index
   * @throws IOException when the disk fails
   */
  public @Nullable Block read(int index) throws IOException {
    SegmentWriter writing = writer;
    Block block = writing == null ? reader().read(index) : readWhileWritten(writing, index);
    if (block == null && (writtenHere || reader().isDamage(index))) {
      noteDamage("Record " + index, null);
    }
    return block;
  }

  /** The writer may continue in the next segment and close this one at any time. */
  private @Nullable Block readWhileWritten(SegmentWriter writing, int index) throws IOException {
    try {
      return writing.read(index);
    } catch (IOException e) {
      if (!writing.isClosed()) {
        throw e;
      }
      return reader().read(index);
    }
  }

  /** Opens the file unless the writer has it open; a shortage of file handles is not damage. */
  public void open() throws IOException {
    SegmentWriter writing = writer;
    if (writing == null || writing.isClosed()) {
      reader();
    }
  }

  /** The reader of a segment that is not written any more. */
  public SegmentReader reader() throws IOException {
    SegmentReader open = reader;
    if (open == null) {
      open = SegmentReader.open(file);
      reader = open;
    }
    return open;
  }

  /**
   * Marks the segment as damaged; the first mark is logged and listed.
   *
   * @param what the part that cannot be read
   */
  public void noteDamage(String what, @Nullable IOException cause) {
    if (!damaged) {
      damaged = true;
      damage.found(file, what, cause);
    }
  }

  /** Closes the reader; the next read opens it again. */
  public void closeReader() throws IOException {
    SegmentReader open = reader;
    reader = null;
    if (open != null) {
      open.close();
    }
  }
}

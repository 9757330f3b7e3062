package dev.eventstream.spool;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Appends blocks to the newest segment and goes on in another one when that is full, or when the
 * disk failed: what an fsync that failed has done to a file nobody knows, so nothing more is
 * written to it. For one thread at a time.
 */
final class Journal {
  /** Learns of what happens to segments. */
  interface Listener {
    /** A segment is written to from now on. */
    void opened(Path file, SegmentWriter writer);

    /** All that was appended is fsynced. */
    void committed();

    /** A segment is not written any more; only its first records, as many as committed, count. */
    void closed(Path file, int committed);
  }

  private final Segments segments;
  private final Listener listener;
  private Segments.@Nullable Fresh active;

  Journal(Segments segments, Listener listener) {
    this.segments = segments;
    this.listener = listener;
  }

  /**
   * Sees to it that a block fits; commits what was appended before when that takes a new segment.
   *
   * @param beyondLimit whether the limit on bytes may be passed
   * @throws Segments.NoRoomException when there is no room; what was appended is not affected
   * @throws IOException when the disk fails; what was not committed is lost
   */
  void makeRoom(int length, boolean beyondLimit) throws IOException {
    Segments.Fresh now = active;
    if (now != null && now.writer().hasRoomFor(length)) {
      return;
    }
    Segments.Fresh next = segments.next(beyondLimit);
    try {
      close();
    } finally {
      active = next;
      listener.opened(next.file(), next.writer());
    }
  }

  /**
   * Appends a block, for which there is room.
   *
   * @return the index of its first record in the active segment
   */
  int append(int kind, long acceptedAt, int count, byte[] payload, int from, int length)
      throws IOException {
    return writer().append(kind, acceptedAt, count, payload, from, length);
  }

  /** Fsyncs all that was appended. */
  void commit() throws IOException {
    writer().commit();
    listener.committed();
  }

  /** How many bytes a block may have at most. */
  int capacity() {
    return SegmentWriter.capacity(segments.segmentBytes());
  }

  /** Whether it is time to have the next segment made. */
  boolean isHalfFull() {
    Segments.Fresh now = active;
    return now == null || now.writer().isHalfFull();
  }

  private SegmentWriter writer() {
    Segments.Fresh now = active;
    if (now == null) {
      throw new IllegalStateException("no room was made");
    }
    return now.writer();
  }

  /** Ends the active segment orderly. */
  void close() throws IOException {
    Segments.Fresh now = active;
    if (now == null) {
      return;
    }
    try {
      now.writer().append(Block.SEAL, 0, 0, new byte[0], 0, 0);
      commit();
    } finally {
      abandon();
    }
  }

  /** Ends the active segment after a failure. */
  void abandon() throws IOException {
    Segments.Fresh now = active;
    active = null;
    if (now != null) {
      int committed = now.writer().committed();
      try {
        now.writer().close();
      } finally {
        listener.closed(now.file(), committed);
      }
    }
  }
}

package dev.eventstream.spool.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Appends blocks to the newest segment. Continues in a new segment when that one is full or when
 * the disk has failed: the content of a file is unknown after a failed fsync, so nothing more is
 * written to it. For one thread at a time.
 */
public final class SegmentLog {
  /** Is told what happens to the segments. Called by the thread that uses the log. */
  public interface Listener {
    /** Blocks are appended to this segment from now on. */
    void opened(Segment segment);

    /** All appended blocks of the open segment are fsynced. */
    void committed();

    /**
     * Nothing more is appended to a segment.
     *
     * @param committed how many of its records count
     */
    void closed(Segment segment, int committed);

    /**
     * Frees what can be freed at once, because there is no room for another segment.
     *
     * @return whether anything was freed
     */
    boolean makeRoom();
  }

  private record Active(Segment segment, SegmentWriter writer) {}

  private final SegmentStore store;
  private final Damage damage;
  private final Listener listener;
  private @Nullable Active active;

  /** Creates a log whose first segment is begun with the first block. */
  public SegmentLog(SegmentStore store, Damage damage, Listener listener) {
    this.store = store;
    this.damage = damage;
    this.listener = listener;
  }

  /**
   * Ensures that a block fits into the active segment. Commits what was appended before when this
   * takes a new segment.
   *
   * @param length of the payload
   * @param beyondLimit whether the limits of the store may be exceeded
   * @throws NoRoomException when there is no room; what was appended is not affected
   * @throws IOException when the disk fails; what was not committed is lost
   */
  public void makeRoom(int length, boolean beyondLimit) throws IOException {
    Active now = active;
    if (now != null && now.writer.hasRoomFor(length)) {
      return;
    }
    SegmentStore.Fresh fresh = next(beyondLimit);
    try {
      close();
    } finally {
      Segment segment = new Segment(fresh.file(), fresh.writer(), damage);
      active = new Active(segment, fresh.writer());
      listener.opened(segment);
    }
  }

  private SegmentStore.Fresh next(boolean beyondLimit) throws NoRoomException {
    try {
      return store.next(beyondLimit);
    } catch (NoRoomException e) {
      boolean freed = listener.makeRoom();
      if (!freed && e.isFailure()) {
        throw e;
      }
      return store.next(beyondLimit); // another thread may have freed some, too
    }
  }

  /**
   * Appends a block, for which {@link #makeRoom} has made room.
   *
   * @return the index of its first record in the active segment
   */
  public int append(int kind, long acceptedAt, int count, byte[] payload, int length)
      throws IOException {
    return writer().append(kind, acceptedAt, count, payload, 0, length);
  }

  /** Fsyncs everything that was appended. */
  public void commit() throws IOException {
    writer().commit();
    listener.committed();
  }

  /** The largest payload of a block, in bytes. */
  public int capacity() {
    return SegmentWriter.capacity(store.segmentBytes());
  }

  /** Whether the next segment should be created soon. */
  public boolean isHalfFull() {
    Active now = active;
    return now == null || now.writer.isHalfFull();
  }

  private SegmentWriter writer() {
    Active now = active;
    if (now == null) {
      throw new IllegalStateException("makeRoom was not called");
    }
    return now.writer;
  }

  /** Commits and seals the active segment. */
  public void close() throws IOException {
    Active now = active;
    if (now == null) {
      return;
    }
    try {
      now.writer.append(Block.SEAL, 0, 0, new byte[0], 0, 0);
      commit();
    } finally {
      abandon();
    }
  }

  /** Ends the active segment after a failure: what was not committed does not count. */
  public void abandon() throws IOException {
    Active now = active;
    active = null;
    if (now != null) {
      int committed = now.writer.committed();
      try {
        now.writer.close();
      } finally {
        now.segment.ended();
        listener.closed(now.segment, committed);
      }
    }
  }
}

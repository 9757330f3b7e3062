package dev.eventstream.spool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.spool.log.Block;
import dev.eventstream.spool.log.Damage;
import dev.eventstream.spool.log.NoRoomException;
import dev.eventstream.spool.log.Segment;
import dev.eventstream.spool.log.SegmentLog;
import dev.eventstream.spool.log.SegmentStore;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends documents to the queue, on one thread: the documents of all waiting callers are written
 * with one fsync, and those that arrive during it are the next group. Thread-safe.
 *
 * <p>An interrupt from outside does not end the thread; {@link #close} does.
 */
final class GroupCommit {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

  /** The size of a group, so that the first one of a long queue does not wait for all others. */
  private static final long MAX_GROUP_BYTES = 4 << 20;

  /** After a failure of the disk all writes are refused for so long, without another attempt. */
  private static final long PAUSE_NANOS = 500_000_000;

  private final DocumentQueue documents;
  private final SegmentLog log;
  private final Clock clock;
  private final Runnable prepareSegment;
  private final Runnable filled;
  private final Thread thread = new Thread(this::run, "eventstream-spool");

  private final Object lock = new Object();

  @GuardedBy("lock") private List<PendingWrite> queue = new ArrayList<>();

  @GuardedBy("lock") private boolean closed;

  private volatile @Nullable String refusal;
  private volatile boolean failed; // the refusal is because of a failure, not of a limit

  // The following fields are confined to the thread.

  /** What was appended since the last commit. */
  private long documentCount;

  private long byteCount;
  private long oldest = Long.MAX_VALUE;

  private final byte[] block = new byte[Block.MAX_PAYLOAD];
  private int blockLength;
  private int blockCount;
  private long blockAcceptedAt;
  private boolean blockMoved;
  private final List<PendingWrite> blockWrites = new ArrayList<>(); // one entry for each document
  private List<PendingWrite> group = List.of();
  private long pausedUntil;
  private @Nullable String pauseReason;

  /**
   * Creates the thread, which {@link #start} starts.
   *
   * @param prepareSegment requests that the next segment is created in advance
   * @param filled runs after each commit
   */
  GroupCommit(
      SegmentStore store,
      Damage damage,
      DocumentQueue documents,
      Clock clock,
      Runnable prepareSegment,
      Runnable filled) {
    this.documents = documents;
    this.log = new SegmentLog(store, damage, new Listener());
    this.clock = clock;
    this.prepareSegment = prepareSegment;
    this.filled = filled;
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Writes documents.
   *
   * @param acceptedAt when documents that are moved were accepted; null: now
   */
  CompletionStage<SinkResult> write(DocumentBatch batch, @Nullable Long acceptedAt) {
    long time = acceptedAt == null ? clock.millis() : acceptedAt;
    PendingWrite write = new PendingWrite(batch, time, acceptedAt != null);
    synchronized (lock) {
      if (!closed) {
        queue.add(write);
        lock.notifyAll();
        return write.result();
      }
    }
    write.answer("the spool is closed", log.capacity());
    return write.result();
  }

  /** Why the last write was refused; null when it was not. */
  @Nullable String refusal() {
    return refusal;
  }

  /** Whether the last write was refused because of a failure, and not because of a limit. */
  boolean hasFailed() {
    return refusal != null && failed;
  }

  /** Ends the refusal after a failure: a segment could be created. */
  void recovered() {
    refusal = null;
  }

  private void run() {
    List<PendingWrite> next = await();
    while (!next.isEmpty()) {
      int from = 0;
      while (from < next.size()) {
        int to = endOfGroup(next, from);
        commit(next.subList(from, to));
        from = to;
      }
      next = await();
    }
    try {
      log.close();
    } catch (IOException e) {
      LOG.warn("The last segment was not sealed; the next start reads it all the same", e);
    }
  }

  /** Waits for writes; none when the spool is closed. */
  private List<PendingWrite> await() {
    synchronized (lock) {
      while (queue.isEmpty() && !closed) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          logInterrupt();
        }
      }
      List<PendingWrite> taken = queue;
      queue = new ArrayList<>();
      return taken;
    }
  }

  private static void logInterrupt() {
    LOG.warn("The spool's thread was interrupted and continues; close the spool to end it");
  }

  private static int endOfGroup(List<PendingWrite> writes, int from) {
    long bytes = writes.get(from).documents().byteSize();
    int to = from + 1;
    while (to < writes.size()) {
      bytes += writes.get(to).documents().byteSize();
      if (bytes > MAX_GROUP_BYTES) {
        break;
      }
      to++;
    }
    return to;
  }

  private void commit(List<PendingWrite> writes) {
    if (Thread.interrupted()) { // or else a channel would be closed while a segment is created
      logInterrupt();
    }
    group = writes;
    String failure = pauseReason;
    if (failure == null || System.nanoTime() - pausedUntil >= 0) {
      failure = null;
      try {
        for (PendingWrite write : writes) {
          append(write);
        }
        flush();
        if (documentCount > 0) {
          log.commit();
        } else {
          writes.forEach(PendingWrite::committed);
        }
        pauseReason = null;
      } catch (IOException | RuntimeException | Error e) { // every write must be answered
        failure = "the spool's disk failed: " + (e instanceof IOException ? e.getMessage() : e);
        pause(failure, e);
      }
    }
    for (PendingWrite write : writes) {
      write.answer(failure, log.capacity());
    }
    if (log.isHalfFull()) {
      prepareSegment.run();
    }
  }

  private void pause(String reason, Throwable e) {
    if (pauseReason == null) {
      LOG.error("Events are refused: {}", reason, e);
    }
    pauseReason = reason;
    failed = true;
    refusal = reason;
    pausedUntil = System.nanoTime() + PAUSE_NANOS;
    clearBlock();
    clearCounts();
    try {
      log.abandon();
    } catch (IOException | RuntimeException again) {
      LOG.debug("The segment that failed cannot be closed either", again);
    }
  }

  private void append(PendingWrite write) throws IOException {
    if (blockCount > 0 && (write.isMoved() || blockMoved)) {
      flush(); // moved documents keep their time of acceptance
    }
    DocumentBatch batch = write.documents();
    int from = 0;
    while (from < batch.size() && !write.isRefused()) {
      int to = batch.endWithin(from, Block.MAX_PAYLOAD - blockLength);
      if (to == from && blockLength > 0) {
        flush();
      } else if (to == from) {
        appendLarge(write, from);
        from++;
      } else {
        DocumentBatch part = batch.slice(from, to);
        part.copyRecords(block, blockLength);
        blockAcceptedAt = blockCount == 0 ? write.acceptedAt() : blockAcceptedAt;
        blockMoved = write.isMoved();
        blockLength += part.byteSize();
        blockCount += part.size();
        for (int i = 0; i < part.size(); i++) {
          blockWrites.add(write);
        }
        from = to;
      }
    }
  }

  /** Appends the block that is being filled. */
  private void flush() throws IOException {
    if (blockCount == 0) {
      return;
    }
    try {
      put(blockAcceptedAt, blockCount, block, blockLength, blockMoved);
      blockWrites.forEach(PendingWrite::appended);
    } catch (NoRoomException e) {
      for (PendingWrite write : blockWrites) {
        refuse(write, e);
      }
    } finally {
      clearBlock();
    }
  }

  /** Appends a document that is larger than a record. */
  private void appendLarge(PendingWrite write, int index) throws IOException {
    DocumentBatch document = write.documents().slice(index, index + 1);
    if (document.byteSize() > log.capacity()) {
      write.tooLarge(index);
      return;
    }
    byte[] records = new byte[document.byteSize()];
    document.copyRecords(records, 0);
    try {
      put(write.acceptedAt(), 1, records, records.length, write.isMoved());
      write.appended();
    } catch (NoRoomException e) {
      refuse(write, e);
    }
  }

  private void put(long acceptedAt, int count, byte[] payload, int length, boolean moved)
      throws IOException {
    log.makeRoom(length, moved);
    log.append(Block.DOCUMENTS, acceptedAt, count, payload, length);
    documentCount += count;
    byteCount += length;
    oldest = Math.min(oldest, acceptedAt);
    refusal = null;
  }

  private void refuse(PendingWrite write, NoRoomException e) {
    String reason = String.valueOf(e.getMessage());
    failed = e.isFailure();
    refuseAll(reason);
    write.refuse(reason);
  }

  /** Reports that writes are refused, until one succeeds. */
  void refuseAll(String reason) {
    if (refusal == null) {
      LOG.warn("Nothing can be spooled: {}", reason);
    }
    refusal = reason;
  }

  private void clearBlock() {
    blockLength = 0;
    blockCount = 0;
    blockWrites.clear();
  }

  private void clearCounts() {
    documentCount = 0;
    byteCount = 0;
    oldest = Long.MAX_VALUE;
  }

  /** Tells the queue what happens to its segments. */
  private final class Listener implements SegmentLog.Listener {
    private @Nullable Segment active;

    @Override
    public void opened(Segment segment) {
      active = segment;
      documents.backlog().opened(segment);
    }

    @Override
    public void committed() {
      group.forEach(PendingWrite::committed);
      Segment segment = active;
      if (segment != null) {
        documents.backlog().committed(segment, documentCount, byteCount, oldest);
        clearCounts();
        filled.run();
      }
    }

    @Override
    public void closed(Segment segment, int committed) {
      active = null;
      documents.ended(segment, committed);
    }

    @Override
    public boolean makeRoom() {
      return documents.deleteDrained();
    }
  }

  /** Writes what it was given, refuses everything else, and ends the thread. */
  void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    Threads.join(thread);
  }
}

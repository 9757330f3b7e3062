package dev.eventstream.spool;

import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the documents of all who wait with one fsync, on one thread. Those who come while it runs
 * are the next group. Thread-safe.
 */
final class GroupCommit implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

  /** What one fsync takes at most, so that the first of a long queue is not kept waiting. */
  private static final long MAX_GROUP_BYTES = 4 << 20;

  /** After a failure of the disk nothing is tried for a while, and everything refused. */
  private static final long PAUSE_NANOS = 500_000_000;

  /** What was appended since the last commit. */
  record Totals(long documents, long bytes, long oldest) {
    static final Totals NONE = new Totals(0, 0, Long.MAX_VALUE);

    Totals and(int moreDocuments, int moreBytes, long acceptedAt) {
      return new Totals(documents + moreDocuments, bytes + moreBytes, Math.min(oldest, acceptedAt));
    }
  }

  /** The documents of one write. */
  private static final class Write {
    final DocumentBatch documents;
    final long acceptedAt;
    final boolean moved; // from elsewhere in the spool
    final CompletableFuture<SinkResult> result = new CompletableFuture<>();
    int appended; // how many documents, from the first on
    int durable; // how many of these are committed
    ItemResult.@Nullable Failed failure; // of the others
    @Nullable BitSet tooLarge; // of those appended: not written, as they never can be

    Write(DocumentBatch documents, long acceptedAt, boolean moved) {
      this.documents = documents;
      this.acceptedAt = acceptedAt;
      this.moved = moved;
    }
  }

  private final Journal journal;
  private final Clock clock;
  private final Runnable wantSegment;
  private final Thread thread = new Thread(this, "eventstream-spool");

  private final Object lock = new Object();
  private List<Write> queue = new ArrayList<>(); // guarded by lock
  private boolean closed; // guarded by lock
  private volatile @Nullable String refusal;
  private volatile boolean failed; // the refusal is for a failure, and not for a limit

  // only the thread
  private final byte[] block = new byte[Block.MAX_PAYLOAD];
  private int blockLength;
  private int blockCount;
  private long blockAcceptedAt;
  private boolean blockMoved;
  private final List<Write> blockWrites = new ArrayList<>(); // one entry a document
  private Totals totals = Totals.NONE;
  private List<Write> group = List.of();
  private long pausedUntil = System.nanoTime();
  private @Nullable String pauseReason;

  GroupCommit(Journal journal, Clock clock, Runnable wantSegment) {
    this.journal = journal;
    this.clock = clock;
    this.wantSegment = wantSegment;
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Writes documents.
   *
   * @param acceptedAt when they were accepted, for those that are moved; null: now
   */
  CompletionStage<SinkResult> write(DocumentBatch documents, @Nullable Long acceptedAt) {
    long time = acceptedAt == null ? clock.millis() : acceptedAt;
    Write write = new Write(documents, time, acceptedAt != null);
    synchronized (lock) {
      if (!closed) {
        queue.add(write);
        lock.notifyAll();
        return write.result;
      }
    }
    write.result.complete(
        SinkResult.all(
            documents.size(), new ItemResult.Failed(FailureClass.RETRY, "the spool is closed")));
    return write.result;
  }

  /** Why the last write was refused; null when it was not. */
  @Nullable String refusal() {
    return refusal;
  }

  /** Whether it was refused because something failed, and not because of a limit. */
  boolean hasFailed() {
    return refusal != null && failed;
  }

  /** The disk can be written again, as somebody else found out. */
  void mended() {
    refusal = null;
  }

  /** What was appended since the last commit, which is counted from zero then. */
  Totals takeTotals() {
    for (Write write : group) {
      write.durable = write.appended;
    }
    Totals taken = totals;
    totals = Totals.NONE;
    return taken;
  }

  @Override
  public void run() {
    List<Write> next = await();
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
      journal.close();
    } catch (IOException e) {
      LOG.warn("The last segment was not ended; the next start will do", e);
    }
  }

  /** What has come; nothing at the end. */
  private List<Write> await() {
    synchronized (lock) {
      while (queue.isEmpty() && !closed) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          closed = true; // nobody does that but one who wants this thread to end
        }
      }
      List<Write> taken = queue;
      queue = new ArrayList<>();
      return taken;
    }
  }

  private static int endOfGroup(List<Write> writes, int from) {
    long bytes = writes.get(from).documents.byteSize();
    int to = from + 1;
    while (to < writes.size()) {
      bytes += writes.get(to).documents.byteSize();
      if (bytes > MAX_GROUP_BYTES) {
        break;
      }
      to++;
    }
    return to;
  }

  private void commit(List<Write> writes) {
    group = writes;
    String failure = pauseReason;
    if (failure == null || System.nanoTime() - pausedUntil >= 0) {
      failure = null;
      try {
        for (Write write : writes) {
          append(write);
        }
        flush();
        if (totals.documents() > 0) {
          journal.commit();
        } else {
          takeTotals();
        }
        pauseReason = null;
      } catch (IOException | RuntimeException | Error e) { // whatever it is: nobody waits forever
        failure = "the spool's disk failed: " + (e instanceof IOException ? e.getMessage() : e);
        pause(failure, e);
      }
    }
    for (Write write : writes) {
      write.result.complete(result(write, failure));
    }
    if (journal.isHalfFull()) {
      wantSegment.run();
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
    totals = Totals.NONE;
    try {
      journal.abandon();
    } catch (IOException | RuntimeException again) {
      LOG.debug("The segment that failed cannot be closed either", again);
    }
  }

  private SinkResult result(Write write, @Nullable String failure) {
    int size = write.documents.size();
    BitSet tooLarge = write.tooLarge;
    if (write.durable == size && tooLarge == null) {
      return SinkResult.all(size, ItemResult.WRITTEN);
    }
    ItemResult rest =
        write.failure != null
            ? write.failure
            : new ItemResult.Failed(FailureClass.RETRY, String.valueOf(failure));
    if (write.durable == 0 && tooLarge == null) {
      return SinkResult.all(size, rest);
    }
    List<ItemResult> results = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      boolean never = tooLarge != null && tooLarge.get(i);
      results.add(never ? tooLarge() : i < write.durable ? ItemResult.WRITTEN : rest);
    }
    return SinkResult.of(results);
  }

  private ItemResult tooLarge() {
    return new ItemResult.Failed(
        FailureClass.TOO_LARGE,
        "the document is larger than the "
            + journal.capacity()
            + " bytes that the spool takes: raise its maxBytes");
  }

  private void append(Write write) throws IOException {
    if (blockCount > 0 && (write.moved || blockMoved)) {
      flush(); // those that are moved keep their time
    }
    DocumentBatch documents = write.documents;
    int from = 0;
    while (from < documents.size() && write.failure == null) {
      int to = documents.endWithin(from, Block.MAX_PAYLOAD - blockLength);
      if (to == from && blockLength > 0) {
        flush();
      } else if (to == from) {
        appendLarge(write, from);
        from++;
      } else {
        DocumentBatch part = documents.slice(from, to);
        part.copyRecords(block, blockLength);
        blockAcceptedAt = blockCount == 0 ? write.acceptedAt : blockAcceptedAt;
        blockMoved = write.moved;
        blockLength += part.byteSize();
        blockCount += part.size();
        for (int i = 0; i < part.size(); i++) {
          blockWrites.add(write);
        }
        from = to;
      }
    }
  }

  /** Writes out the block that is being filled. */
  private void flush() throws IOException {
    if (blockCount == 0) {
      return;
    }
    try {
      put(blockAcceptedAt, blockCount, block, blockLength, blockMoved);
      for (Write write : blockWrites) {
        write.appended++;
      }
    } catch (Segments.NoRoomException e) {
      for (Write write : blockWrites) {
        refuse(write, e);
      }
    } finally {
      clearBlock();
    }
  }

  private void clearBlock() {
    blockLength = 0;
    blockCount = 0;
    blockWrites.clear();
  }

  /** A document that is larger than a block. */
  private void appendLarge(Write write, int index) throws IOException {
    DocumentBatch document = write.documents.slice(index, index + 1);
    if (document.byteSize() > journal.capacity()) {
      BitSet positions = write.tooLarge == null ? new BitSet() : write.tooLarge;
      positions.set(index);
      write.tooLarge = positions;
      write.appended++;
      return;
    }
    byte[] records = new byte[document.byteSize()];
    document.copyRecords(records, 0);
    try {
      put(write.acceptedAt, 1, records, records.length, write.moved);
      write.appended++;
    } catch (Segments.NoRoomException e) {
      refuse(write, e);
    }
  }

  private void put(long acceptedAt, int count, byte[] payload, int length, boolean moved)
      throws IOException {
    journal.makeRoom(length, moved);
    journal.append(Block.DOCUMENTS, acceptedAt, count, payload, 0, length);
    totals = totals.and(count, length, acceptedAt);
    refusal = null;
  }

  private void refuse(Write write, Segments.NoRoomException e) {
    String reason = String.valueOf(e.getMessage());
    if (refusal == null) {
      LOG.warn("Events are refused: {}", reason);
    }
    failed = e.getCause() != null;
    refusal = reason;
    write.failure = new ItemResult.Failed(FailureClass.RETRY, reason);
  }

  /** Takes no more, writes what it has, and ends the thread. */
  void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    Threads.join(thread);
  }
}

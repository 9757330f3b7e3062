package dev.eventstream.spi;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Pools the buffers of written batches for reuse by later batches, which avoids most of the
 * allocations of a busy stream. Bounded; only buffers that are large enough to be worth it are
 * kept. Thread-safe.
 */
public final class BatchBuffers {
  private static final int SMALLEST = 16 << 10;

  private final long maxBytes;

  @GuardedBy("this") private final ArrayDeque<DocumentBatch.Storage> free = new ArrayDeque<>();

  @GuardedBy("this") private long freeBytes;

  /**
   * Creates an empty pool.
   *
   * @param maxBytes the maximum total size of idle buffers
   */
  public BatchBuffers(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Returns a builder with a reused buffer if one is available. */
  public DocumentBatchBuilder builder(int expectedBytes, int expectedSize) {
    DocumentBatch.Storage kept = expectedBytes < SMALLEST ? null : take(expectedBytes);
    return kept == null
        ? new DocumentBatchBuilder(expectedBytes, expectedSize)
        : new DocumentBatchBuilder(kept);
  }

  private synchronized DocumentBatch.@Nullable Storage take(int expectedBytes) {
    DocumentBatch.Storage last = free.peekLast();
    if (last == null || last.capacity() < expectedBytes / 2) {
      return null;
    }
    freeBytes -= last.capacity();
    return free.removeLast();
  }

  /**
   * Takes the buffer of a batch that is no longer read.
   *
   * @return the documents of the batch without their sources
   */
  public DocumentBatch recycle(DocumentBatch batch) {
    if (batch.byteSize() < SMALLEST) {
      return batch;
    }
    DocumentBatch rest = batch.withoutSources();
    DocumentBatch.Storage storage = batch.release();
    synchronized (this) {
      if (freeBytes + storage.capacity() <= maxBytes) {
        freeBytes += storage.capacity();
        free.addLast(storage);
      }
    }
    return rest;
  }
}

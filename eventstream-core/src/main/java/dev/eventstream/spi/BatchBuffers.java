package dev.eventstream.spi;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Buffers of batches that were written, for batches to come: most of what a busy stream would
 * allocate. Bounded, and only for batches that are large enough to be worth it. Thread-safe.
 */
public final class BatchBuffers {
  private static final int SMALLEST = 16 << 10;

  private final long maxBytes;
  private final ArrayDeque<DocumentBatch.Storage> free = new ArrayDeque<>(); // guarded by this
  private long freeBytes; // guarded by this

  /**
   * Creates an empty pool.
   *
   * @param maxBytes how many bytes of buffers that nobody uses are kept
   */
  public BatchBuffers(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** A builder, with a buffer that is used again where there is one. */
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
   * Takes the buffer of a batch that nobody reads any more.
   *
   * @return what remains of the batch: its documents without their sources
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

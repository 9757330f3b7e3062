package dev.eventstream.spi;

import java.time.Instant;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Durable storage on local disk for documents that cannot be written to the cluster now. They wait
 * here and are replayed to the cluster later.
 *
 * <p>{@link #write} returns {@link ItemResult.Written} only after an fsync. It returns {@link
 * FailureClass#RETRY} with the reason if there is no room or the disk fails, and {@link
 * FailureClass#TOO_LARGE} for a document that can never be stored; it never throws in these cases.
 *
 * <p>Thread-safe, except that only one thread may take portions.
 */
public interface Spool extends EventSink {

  /**
   * Takes the oldest documents that are neither taken nor removed. May read from disk. Documents
   * that were taken but not removed when the process ends are taken again after the next start.
   *
   * @param maxDocuments the maximum number of documents; a single block may exceed it
   * @param maxBytes the maximum size of the documents; a single document may exceed it
   * @return the documents, or null if there are none
   */
  @Nullable Portion take(int maxDocuments, int maxBytes);

  /**
   * Sets the task that is run when there are documents to take. It is run immediately if there are
   * any already. Called once, before the first write.
   *
   * @param task short and non-blocking
   */
  void whenFilled(Runnable task);

  /** Returns how much is stored now. Does not wait for the disk. */
  SpoolState state();

  /** Returns the documents that can never be written. They are stored next to the spool. */
  DeadLetters deadLetters();

  /** Documents that were taken from the spool. */
  interface Portion {
    /** Returns the documents, at least one. */
    DocumentBatch documents();

    /** Returns the time of acceptance of the oldest document. */
    Instant oldest();

    /**
     * Removes all documents of the portion: each is in the cluster or among the dead letters.
     * Called on the I/O thread of a sink, and so does not wait for the disk.
     */
    void remove();

    /**
     * Rewrites some of the documents after all others. The portion may be removed when the stage
     * has completed. Not limited by the size of the spool, because removing the portion frees the
     * space again.
     *
     * @param rest the documents that cannot be written yet
     * @return as {@link EventSink#write}
     */
    CompletionStage<SinkResult> moveToEnd(DocumentBatch rest);
  }
}

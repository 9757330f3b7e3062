package dev.eventstream.spi;

import java.time.Instant;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The durable sink of last resort on local disk, which can be read back: what cannot be written to
 * the cluster now waits here, and is moved there later.
 *
 * <p>{@link #write} answers {@link ItemResult.Written} only after an fsync. It answers {@link
 * FailureClass#RETRY} with the reason when there is no room or the disk fails, and {@link
 * FailureClass#TOO_LARGE} for a document that can never be kept; it never throws for such reasons.
 *
 * <p>Thread-safe, except that portions are taken by one thread.
 */
public interface Spool extends EventSink {

  /**
   * Takes the oldest documents that are neither taken nor removed. May read from disk. What was
   * taken and not removed when the process ends is taken again after the next start.
   *
   * @param maxDocuments how many documents at most; one block may have more
   * @param maxBytes how many bytes of documents at most; one document may have more
   * @return the documents, or null when there are none
   */
  @Nullable Portion take(int maxDocuments, int maxBytes);

  /**
   * Sets what is to be run when there is something to take; run at once when there is already.
   * Called once, before the first write.
   *
   * @param task short, and does not block
   */
  void whenFilled(Runnable task);

  /**
   * How much is in it. Does not wait for the disk.
   *
   * @return the state now
   */
  SpoolState state();

  /**
   * The documents that can never be written.
   *
   * @return the dead letters, kept beside the spool
   */
  DeadLetters deadLetters();

  /** Some documents on their way out. */
  interface Portion {
    /**
     * What was taken.
     *
     * @return at least one document
     */
    DocumentBatch documents();

    /**
     * When the oldest of them was accepted.
     *
     * @return the time of acceptance
     */
    Instant oldest();

    /**
     * Removes all documents of the portion: each is in the cluster or among the dead letters.
     * Called on the I/O thread of a sink, and so does not wait for the disk.
     */
    void remove();

    /**
     * Writes some of the documents anew behind all others. With the stage done, the portion may be
     * removed. Takes place beyond the spool's limits, as removing the portion gives it back.
     *
     * @param rest the documents that cannot be written yet
     * @return as {@link EventSink#write}
     */
    CompletionStage<SinkResult> moveToEnd(DocumentBatch rest);
  }
}

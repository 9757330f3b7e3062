package dev.eventstream.spi;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Writes documents somewhere and says, for each, what became of it. One of the three extension
 * points.
 *
 * <p>A sink makes one attempt. Retrying, backing off, splitting a batch that is too large, and
 * answering the caller are the stream's part, so that they are done alike for all sinks. Hence the
 * one rule that a sink must keep: <strong>{@link ItemResult.Written} only after the target's
 * acknowledgement of that very document</strong>, and whatever is not known to be written is a
 * failure.
 *
 * <p>Writing the same document twice must leave one: documents come again after an answer that got
 * lost. Their {@link Document#id()} is the same each time.
 *
 * <p>Sinks are called by several threads at once.
 */
public interface EventSink extends AutoCloseable {

  /**
   * Starts to write a batch and returns without waiting for the target.
   *
   * @param documents at least one document; its bytes stay unchanged until the stage is done and
   *     must not be kept longer: the stream uses them again, and reading the batch later throws an
   *     {@link IllegalStateException}
   * @return one result for each document, in order. A stage that fails, or a call that throws,
   *     counts as {@link FailureClass#RETRY} for all of them
   */
  CompletionStage<SinkResult> write(DocumentBatch documents);

  /**
   * Asks the target whether it would take documents now; for readiness checks, not for the hot
   * path. By default: yes.
   *
   * @return done when the target is there; failed, with what is wrong, when not
   */
  default CompletionStage<Void> check() {
    return CompletableFuture.completedFuture(null);
  }

  /** Releases connections and threads. Called once, after the last write is done or given up. */
  @Override
  void close();
}

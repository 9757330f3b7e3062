package dev.eventstream.spi;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Writes documents to a target and reports the result of each. One of the three extension points.
 *
 * <p>A sink makes one attempt. The stream retries, backs off, splits a batch that is too large and
 * answers the caller, so that these work the same for all sinks. The sink must keep one rule:
 * <strong>it returns {@link ItemResult.Written} only after the target has acknowledged that
 * document</strong>. Anything not known to be written is a failure.
 *
 * <p>Writing the same document twice must result in one document: after a lost answer the stream
 * sends it again with the same {@link Document#id()}.
 *
 * <p>Sinks are called by several threads concurrently.
 */
public interface EventSink extends AutoCloseable {

  /**
   * Starts to write a batch and returns without waiting for the target.
   *
   * @param documents at least one document; its bytes are unchanged until the stage completes and
   *     must not be used afterwards: the stream reuses them, and reading the batch later throws an
   *     {@link IllegalStateException}
   * @return one result per document, in order. A stage that completes exceptionally, or a call that
   *     throws, counts as {@link FailureClass#RETRY} for all documents
   */
  CompletionStage<SinkResult> write(DocumentBatch documents);

  /**
   * Checks whether the target would accept documents now. For readiness checks, not for the hot
   * path. Succeeds by default.
   *
   * @return completes normally if the target is available, and exceptionally with the obstacle if
   *     not
   */
  default CompletionStage<Void> check() {
    return CompletableFuture.completedFuture(null);
  }

  /**
   * Releases connections and threads. Called once, after the last write has completed or was
   * abandoned.
   */
  @Override
  void close();
}

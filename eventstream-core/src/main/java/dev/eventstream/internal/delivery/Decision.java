package dev.eventstream.internal.delivery;

import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;

/** What happens to a document as a consequence of the sink's result. */
enum Decision {
  /** The document is settled as indexed. */
  INDEXED,
  /** The document is settled as a duplicate. */
  DUPLICATE,
  /** The document is settled as dropped by the cluster. */
  DROPPED,
  /** The document is sent again after a backoff. */
  RETRY,
  /** The bulk is too large: it is sent again immediately in two halves. */
  HALVE,
  /** One document of the bulk is at fault: the bulk is sent in two halves, isolated from others. */
  ISOLATE,
  /** The document is not retried now: it goes to the spool, or is refused. */
  DIVERT,
  /** The document can never be written. */
  BURY;

  /**
   * The attempt whose answer is evaluated.
   *
   * @param durable whether there is a spool
   * @param replay whether the documents come from the spool
   * @param earlier the number of earlier attempts
   * @param alone whether the bulk had one document
   * @param requestFailed whether the request failed as a whole
   */
  record Attempt(
      boolean durable, boolean replay, int earlier, boolean alone, boolean requestFailed) {}

  static Decision of(ItemResult item, Attempt attempt) {
    return switch (item.kind()) {
      case WRITTEN, SHELTERED -> INDEXED;
      // On a later attempt, the existing document was written by an earlier attempt whose
      // acknowledgement was lost.
      case DUPLICATE -> attempt.earlier == 0 ? DUPLICATE : INDEXED;
      case DROPPED -> DROPPED;
      case FAILED -> of(((ItemResult.Failed) item).failureClass(), attempt);
    };
  }

  private static Decision of(FailureClass failure, Attempt attempt) {
    return switch (failure) {
      case RETRY -> RETRY;
      case UNAVAILABLE -> attempt.durable && !attempt.requestFailed ? DIVERT : RETRY;
      case UNCLEAR -> {
        if (!attempt.alone) {
          yield ISOLATE;
        }
        boolean triedEnough = attempt.replay || attempt.earlier > 0;
        yield attempt.durable && triedEnough ? DIVERT : RETRY;
      }
      case BLOCKED -> DIVERT;
      case TOO_LARGE -> attempt.alone ? BURY : HALVE;
      case NEVER -> BURY;
    };
  }
}

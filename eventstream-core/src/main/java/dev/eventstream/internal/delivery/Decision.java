package dev.eventstream.internal.delivery;

import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;

/** What follows for one document from what the sink says of it. */
enum Decision {
  /** It is settled as indexed. */
  INDEXED,
  /** It is settled as a duplicate. */
  DUPLICATE,
  /** It is settled as dropped by the cluster. */
  DROPPED,
  /** It is sent again after a backoff. */
  RETRY,
  /** The bulk is too large: its documents are sent again in two halves, at once. */
  HALVE,
  /** One document of the bulk is at fault: they are sent in two halves, apart from others. */
  ISOLATE,
  /** It is not tried again now: it goes to the spool, or back to who sent it. */
  DIVERT,
  /** It can never be written. */
  BURY;

  /**
   * The attempt whose answer is judged.
   *
   * @param durable whether there is a spool
   * @param replay whether the documents come from the spool
   * @param earlier how many attempts there were before
   * @param alone whether the bulk had one document
   * @param requestFailed whether the request failed as a whole
   */
  record Attempt(
      boolean durable, boolean replay, int earlier, boolean alone, boolean requestFailed) {}

  static Decision of(ItemResult item, Attempt attempt) {
    return switch (item.kind()) {
      case WRITTEN -> INDEXED;
      // On a later attempt the document that is there is the one that an earlier attempt wrote,
      // whose acknowledgement got lost.
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

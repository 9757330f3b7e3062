package dev.eventstream.server.publish;

import dev.eventstream.Outcome;
import dev.eventstream.spi.Rejection;
import java.util.List;

/**
 * The totals that determine a request's status and Retry-After.
 *
 * @param accepted events that need not be sent again: they are durable, or were dropped on purpose
 * @param pending those of them that are on disk and not in an index: spooled or dead-lettered
 */
record OutcomeTotals(
    int accepted, int pending, int rejected, int tooLarge, int refused, long retryAfterSeconds) {

  static OutcomeTotals of(List<Outcome> outcomes) {
    int accepted = 0;
    int pending = 0;
    int rejected = 0;
    int tooLarge = 0;
    int refused = 0;
    long retryAfter = 0;
    for (Outcome outcome : outcomes) {
      switch (outcome.kind()) {
        case INDEXED, DUPLICATE, DROPPED -> accepted++;
        case SPOOLED, DEAD_LETTERED -> {
          accepted++;
          pending++;
        }
        case REJECTED -> {
          rejected++;
          tooLarge += ((Outcome.Rejected) outcome).code() == Rejection.TOO_LARGE ? 1 : 0;
        }
        case REFUSED -> {
          refused++;
          retryAfter = Math.max(retryAfter, seconds((Outcome.Refused) outcome));
        }
      }
    }
    return new OutcomeTotals(accepted, pending, rejected, tooLarge, refused, retryAfter);
  }

  /** Whether no event was accepted, and a retry can succeed. */
  boolean noneTakenNow() {
    return accepted == 0 && refused > 0;
  }

  /** The status of a request whose events are all rejected. */
  int rejectedStatus() {
    return rejected == tooLarge && rejected > 0 ? 413 : 400;
  }

  /** At least 1 s, since 0 would mean an immediate retry. */
  static long seconds(Outcome.Refused refused) {
    return Math.max(1, refused.retryAfter().toSeconds());
  }

  static int status(Rejection code) {
    return code == Rejection.TOO_LARGE ? 413 : 400;
  }

  /** The reason of a dead letter, and where it is. */
  static String kept(Outcome.DeadLettered letter) {
    return "kept among the dead letters of this server, because its index does not accept it: "
        + letter.reason();
  }
}

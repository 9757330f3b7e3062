package dev.eventstream.delivery;

import dev.eventstream.Refusal;
import dev.eventstream.Rejection;
import java.time.Duration;

/**
 * What became of one document, without naming it: millions share one {@link #INDEXED}. The public
 * {@link dev.eventstream.Outcome} adds destination and id.
 */
public sealed interface Fate {
  Fate INDEXED = new Indexed();
  Fate DUPLICATE = new Duplicate();
  Fate SPOOLED = new Spooled();
  Fate DROPPED = new Dropped();

  record Indexed() implements Fate {}

  record Duplicate() implements Fate {}

  record Spooled() implements Fate {}

  record Dropped() implements Fate {}

  record DeadLettered(String reason) implements Fate {}

  record Rejected(Rejection code, String reason) implements Fate {}

  record Refused(Refusal code, String reason, Duration retryAfter) implements Fate {}
}

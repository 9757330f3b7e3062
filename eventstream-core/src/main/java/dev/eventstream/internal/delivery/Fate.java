package dev.eventstream.internal.delivery;

import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import java.time.Duration;

/**
 * The result of one document, without its identity, so that millions of documents share one {@link
 * #INDEXED}. The public {@code Outcome} adds destination and IDs.
 */
public sealed interface Fate {
  Fate INDEXED = new Plain(Kind.INDEXED);
  Fate DUPLICATE = new Plain(Kind.DUPLICATE);
  Fate SPOOLED = new Plain(Kind.SPOOLED);
  Fate DROPPED = new Plain(Kind.DROPPED);

  /** The kinds of fate, for exhaustive switches on Java 17, which has no patterns for types. */
  enum Kind {
    INDEXED,
    DUPLICATE,
    SPOOLED,
    DROPPED,
    DEAD_LETTERED,
    REJECTED,
    REFUSED
  }

  Kind kind();

  /** A fate that its kind describes completely. */
  record Plain(Kind kind) implements Fate {}

  record DeadLettered(String reason) implements Fate {
    @Override
    public Kind kind() {
      return Kind.DEAD_LETTERED;
    }
  }

  record Rejected(Rejection code, String reason) implements Fate {
    @Override
    public Kind kind() {
      return Kind.REJECTED;
    }
  }

  record Refused(Refusal code, String reason, Duration retryAfter) implements Fate {
    @Override
    public Kind kind() {
      return Kind.REFUSED;
    }
  }
}

package dev.eventstream.internal.delivery;

import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import java.time.Duration;

/**
 * What became of one document, without its identity: millions share one {@link #INDEXED}. The
 * public {@code Outcome} adds destination and ids.
 */
public sealed interface Fate {
  Fate INDEXED = new Indexed();
  Fate DUPLICATE = new Duplicate();
  Fate SPOOLED = new Spooled();
  Fate DROPPED = new Dropped();

  /**
   * The kinds of fate, for a {@code switch} that the compiler checks (Java 17 has none of types).
   */
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

  record Indexed() implements Fate {
    @Override
    public Kind kind() {
      return Kind.INDEXED;
    }
  }

  record Duplicate() implements Fate {
    @Override
    public Kind kind() {
      return Kind.DUPLICATE;
    }
  }

  record Spooled() implements Fate {
    @Override
    public Kind kind() {
      return Kind.SPOOLED;
    }
  }

  record Dropped() implements Fate {
    @Override
    public Kind kind() {
      return Kind.DROPPED;
    }
  }

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

package dev.eventstream.es.reindex;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Waits between the attempts at something that may succeed later, longer each time, for a limited
 * time in total. Not thread-safe.
 */
final class Patience {
  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int DOUBLINGS = 6; // up to 6.4 s

  private final Duration limit;
  private long since;
  private int attempts;

  Patience(Duration limit) {
    this.limit = limit;
  }

  /** The number of attempts that failed. */
  int attempts() {
    return attempts;
  }

  /**
   * Counts a failed attempt.
   *
   * @return whether the time is not over
   */
  boolean failed() {
    return failed(limit);
  }

  /** Like {@link #failed()} with another limit. */
  boolean failed(Duration otherLimit) {
    long now = System.nanoTime();
    if (attempts++ == 0) {
      since = now;
    }
    return now - since <= otherLimit.toNanos();
  }

  /** Waits for a random time, at most twice as long as after the failure before. */
  void await() throws InterruptedException {
    long most = FIRST_NANOS << Math.min(Math.max(0, attempts - 1), DOUBLINGS);
    TimeUnit.NANOSECONDS.sleep(most / 2 + ThreadLocalRandom.current().nextLong(most / 2));
  }

  /** Begins anew after a success. */
  void succeeded() {
    attempts = 0;
  }
}

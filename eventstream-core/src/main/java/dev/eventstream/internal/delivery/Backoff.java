package dev.eventstream.internal.delivery;

import java.util.random.RandomGenerator;

/**
 * Computes the delay before the next attempt: exponential backoff with full jitter, that is, a
 * random time between zero and a bound that doubles with each attempt. Full jitter spreads clients
 * of the same cluster better than a fixed part plus a random one (M. Brooker, "Exponential Backoff
 * and Jitter", AWS Architecture Blog, 2015).
 */
public record Backoff(long baseNanos, long maxNanos, RandomGenerator random) {

  /**
   * Returns the delay after a failed attempt.
   *
   * @param attempt the number of attempts before the failed one
   */
  long nanos(int attempt) {
    return random.nextLong(bound(attempt) + 1);
  }

  /** Returns the longest delay that {@link #nanos} may return. */
  long bound(int attempt) {
    int doublings = Math.min(attempt, 20);
    return baseNanos > maxNanos >> doublings ? maxNanos : baseNanos << doublings;
  }
}

package dev.eventstream.internal.delivery;

import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: exponential with full jitter, that is a random time
 * between zero and a bound that doubles with each attempt. Spreads those who wait for the same
 * cluster better than a fixed part with a random one (M. Brooker, "Exponential Backoff and Jitter",
 * AWS Architecture Blog, 2015).
 */
public record Backoff(long baseNanos, long maxNanos, RandomGenerator random) {

  /**
   * The wait after a failed attempt.
   *
   * @param attempt how many attempts there were before that one
   */
  long nanos(int attempt) {
    return random.nextLong(bound(attempt) + 1);
  }

  /** The longest wait that {@link #nanos} may give. */
  long bound(int attempt) {
    int doublings = Math.min(attempt, 20);
    return baseNanos > maxNanos >> doublings ? maxNanos : baseNanos << doublings;
  }
}

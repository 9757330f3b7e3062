package dev.eventstream.server.body;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The slowest pace at which a client may send a body or read an answer: after a grace period, 16
 * KiB per second on average.
 *
 * @param grace how long a transfer may take at any speed
 * @param nanoTime the clock
 */
public record Pace(Duration grace, LongSupplier nanoTime) {
  static final int SLOWEST_BYTES_PER_SECOND = 16 * 1024;

  /** The longest time, in milliseconds, that a transfer of so many bytes may take. */
  public long millis(long bytes) {
    return grace.toMillis() + bytes * 1000 / SLOWEST_BYTES_PER_SECOND;
  }

  boolean isTooSlow(long bytes, long sinceNanos) {
    long nanos = nanoTime.getAsLong() - sinceNanos;
    return nanos > grace.toNanos() && bytes < nanos / 1e9 * SLOWEST_BYTES_PER_SECOND;
  }
}

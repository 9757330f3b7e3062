package dev.eventstream.observe;

import dev.eventstream.spi.SpoolState;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The documents waiting in the spool, and the progress of their replay.
 *
 * @param spool how much is waiting
 * @param documentsPerSecond the recent rate at which documents leave the spool
 * @param clusterTakes whether the cluster accepts documents, as far as is known
 * @param at the time of this state
 */
public record Backlog(
    SpoolState spool, double documentsPerSecond, boolean clusterTakes, Instant at) {

  /** Returns how long the oldest document has waited; zero if none is waiting. */
  public Duration oldestAge() {
    Instant oldest = spool.oldest();
    return oldest == null || oldest.isAfter(at) ? Duration.ZERO : Duration.between(oldest, at);
  }

  /**
   * Returns how long the replay will take at its current rate; zero if nothing is waiting, null if
   * nothing is being replayed.
   */
  public @Nullable Duration timeLeft() {
    if (spool.documents() == 0) {
      return Duration.ZERO;
    }
    if (documentsPerSecond < 0.01) {
      return null;
    }
    return Duration.ofMillis((long) (1_000 * spool.documents() / documentsPerSecond));
  }
}

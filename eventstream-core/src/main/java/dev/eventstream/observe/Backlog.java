package dev.eventstream.observe;

import dev.eventstream.spi.SpoolState;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written, and how its replay gets on.
 *
 * @param spool how much waits
 * @param documentsPerSecond how many documents left the spool a second, lately
 * @param clusterTakes whether the cluster takes documents, as far as is known
 * @param at the moment that this is the state of
 */
public record Backlog(
    SpoolState spool, double documentsPerSecond, boolean clusterTakes, Instant at) {

  /**
   * How long the oldest document has waited.
   *
   * @return its age; zero when none waits
   */
  public Duration oldestAge() {
    Instant oldest = spool.oldest();
    return oldest == null || oldest.isAfter(at) ? Duration.ZERO : Duration.between(oldest, at);
  }

  /**
   * How long the replay will take at its present speed.
   *
   * @return the time left; zero when nothing waits, null when nothing moves
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

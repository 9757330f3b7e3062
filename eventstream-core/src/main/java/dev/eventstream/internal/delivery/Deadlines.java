package dev.eventstream.internal.delivery;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tracks the deadlines of all unsettled publications and handles those that expire. Deadlines are
 * rounded up to {@link #TICK}, so that thousands of publications share one timed task. Publications
 * are handled in the order of their acceptance. Thread-safe.
 */
public final class Deadlines {
  private static final long TICK = 50_000_000; // nanoseconds

  private final Timer timer;
  private final long timeoutNanos;
  private final Consumer<Publication> expired;
  private final Map<Long, Set<Publication>> buckets = new ConcurrentHashMap<>();
  private volatile @Nullable Consumer<Publication> ended;

  public Deadlines(Timer timer, long timeoutNanos, Consumer<Publication> expired) {
    this.timer = timer;
    this.timeoutNanos = timeoutNanos;
    this.expired = expired;
  }

  public void add(Publication publication) {
    long deadline = publication.acceptedAt() + timeoutNanos;
    Long bucket = Math.floorDiv(deadline, TICK) + 1;
    buckets.compute(
        bucket,
        (key, publications) -> {
          Set<Publication> all = publications == null ? schedule(key) : publications;
          all.add(publication);
          return all;
        });
    var unused =
        publication
            .done()
            .thenRun(
                () ->
                    buckets.computeIfPresent(
                        bucket,
                        (key, publications) -> {
                          publications.remove(publication);
                          return publications;
                        }));
    Consumer<Publication> tooLate = ended;
    if (tooLate != null) {
      tooLate.accept(publication);
    }
  }

  /** Expires all publications immediately. */
  public void expireAll() {
    expireAll(expired);
  }

  /** Expires all publications immediately, and all that are added from now on. */
  public void end(Consumer<Publication> treatment) {
    ended = treatment;
    expireAll(treatment);
  }

  private void expireAll(Consumer<Publication> treatment) {
    buckets.keySet().stream().sorted().toList().forEach(bucket -> expire(bucket, treatment));
  }

  private Set<Publication> schedule(long bucket) {
    timer.schedule(() -> expire(bucket, expired), bucket * TICK - timer.nanoTime());
    return new LinkedHashSet<>(); // used only under the map's lock for its bucket, or after removal
  }

  private void expire(long bucket, Consumer<Publication> treatment) {
    Set<Publication> publications = buckets.remove(bucket);
    if (publications != null) {
      publications.forEach(treatment);
    }
  }
}

package dev.eventstream.delivery;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Every publication that is not done, by when its time is up: what is still open then is refused.
 * Deadlines are rounded up to {@link #TICK}, so that thousands of publications share one timed
 * task. Thread-safe.
 */
public final class Deadlines {
  private static final long TICK = 50_000_000; // nanoseconds

  private final Timer timer;
  private final long timeoutNanos;
  private final Fate expired;
  private final Map<Long, Set<Publication>> buckets = new ConcurrentHashMap<>();
  private volatile @Nullable Fate ended;

  public Deadlines(Timer timer, long timeoutNanos, Fate expired) {
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
    Fate tooLate = ended;
    if (tooLate != null) {
      publication.settleAllOpen(tooLate);
    }
  }

  /** Settles all that is open, without waiting for its time, and all that is added from now on. */
  public void end(Fate fate) {
    ended = fate;
    for (Long bucket : buckets.keySet()) {
      expire(bucket, fate);
    }
  }

  private Set<Publication> schedule(long bucket) {
    timer.schedule(() -> expire(bucket, expired), bucket * TICK - timer.nanoTime());
    return ConcurrentHashMap.newKeySet();
  }

  private void expire(long bucket, Fate fate) {
    Set<Publication> publications = buckets.remove(bucket);
    if (publications != null) {
      publications.forEach(publication -> publication.settleAllOpen(fate));
    }
  }
}

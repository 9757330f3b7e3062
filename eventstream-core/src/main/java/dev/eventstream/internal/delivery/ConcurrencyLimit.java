package dev.eventstream.internal.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Limits the requests in flight. The limit adapts to the cluster: it grows by one for each round of
 * good answers while all permits are in use, shrinks by a quarter when the cluster reports that it
 * is busy, and by a tenth when an answer takes several times as long as usual for requests of that
 * size. (Additive increase, multiplicative decrease, as in TCP: V. Jacobson, "Congestion Avoidance
 * and Control", 1988.)
 *
 * <p>While there is live traffic, the replay of the spool gets at most half of the permits. If it
 * has none and waits for one, the next free permit is reserved for it. Live traffic and replay may
 * each use all permits while the other needs none.
 *
 * <p>A request loses its permit if it is not answered while several later ones are: the cluster is
 * healthy, and one of the request's documents may be the cause. The number of such requests is
 * bounded. Thread-safe.
 */
final class ConcurrencyLimit {
  private static final int SIZES = 24; // size classes by the number of bits of the size
  private static final double SLOW = 4;
  private static final long NOT_SLOW_NANOS = 100_000_000;

  /** A request loses its permit after this many later requests were answered. */
  private static final int OVERTAKEN = 3;

  /** How long a request keeps its permit in any case. */
  private static final long OVERTAKEN_NANOS = 1_000_000_000;

  /** Maximum number of requests without a permit, per permit. */
  private static final int OVERDUE = 8;

  private static final long LIVE_NANOS = 1_000_000_000; // how long live traffic counts as present

  /** The use of a permit. */
  enum Use {
    /** New documents and retries. */
    LIVE,
    /** The replay of the spool. */
    REPLAY,
    /** Isolated documents, one request at a time. */
    APART
  }

  /** An acquired permit. */
  static final class Permit {
    private final Use use;
    private final long takenAt;
    private int overtaken; // by answered requests that were sent later; guarded by the limit

    private Permit(Use use, long takenAt) {
      this.use = use;
      this.takenAt = takenAt;
    }

    Use use() {
      return use;
    }
  }

  private final int max;

  @GuardedBy("this") private final Set<Permit> taken = new HashSet<>();

  @GuardedBy("this") private final Set<Permit> overdue = new HashSet<>(); // requests without a permit

  @GuardedBy("this") private final double[] usualNanos = new double[SIZES];

  @GuardedBy("this") private double limit;

  @GuardedBy("this") private int live;

  @GuardedBy("this") private int replay;

  @GuardedBy("this") private int apart;

  @GuardedBy("this") private long loweredAt;

  @GuardedBy("this") private long liveAt;

  @GuardedBy("this") private boolean everLive;

  @GuardedBy("this") private boolean replayWaits; // for its first permit

  ConcurrencyLimit(int max) {
    this.max = max;
    this.limit = max;
  }

  synchronized @Nullable Permit tryAcquire(Use use, long now) {
    if (taken() >= (int) limit) {
      giveUpOvertaken(now);
    }
    return switch (use) {
      case LIVE -> tryAcquireForLive(now);
      case REPLAY -> tryAcquireForReplay(now);
      case APART -> apart == 0 && isRoomBesideReplay() ? take(Use.APART, now) : null;
    };
  }

  @GuardedBy("this") private @Nullable Permit tryAcquireForLive(long now) {
    everLive = true;
    liveAt = now;
    return isRoomBesideReplay() ? take(Use.LIVE, now) : null;
  }

  @GuardedBy("this") private boolean isRoomBesideReplay() {
    int left = replayWaits ? 1 : 0;
    return taken() + left < (int) limit;
  }

  @GuardedBy("this") private @Nullable Permit tryAcquireForReplay(long now) {
    int permits = (int) limit;
    boolean shared = everLive && now - liveAt < LIVE_NANOS;
    int own = shared ? Math.max(1, permits / 2) : permits;
    if (taken() < permits && replay < own) {
      return take(Use.REPLAY, now);
    }
    replayWaits = replay == 0;
    return null;
  }

  /** Records that the replay no longer waits for a permit. */
  synchronized void replayNeedsNone() {
    replayWaits = false;
  }

  /**
   * Acquires a permit regardless of the limit, for the one request that tests whether the cluster
   * is back.
   */
  synchronized Permit acquireForTrial(long now) {
    return take(Use.REPLAY, now);
  }

  @GuardedBy("this") private Permit take(Use use, long now) {
    if (use == Use.REPLAY) {
      replayWaits = false;
    }
    count(use, 1);
    Permit permit = new Permit(use, now);
    taken.add(permit);
    return permit;
  }

  @GuardedBy("this") private void count(Use use, int change) {
    switch (use) {
      case LIVE -> live += change;
      case REPLAY -> replay += change;
      case APART -> apart += change;
    }
  }

  /** Releases a permit; returns false if it was released or revoked before. */
  synchronized boolean release(Permit permit) {
    if (overdue.remove(permit)) {
      return true;
    }
    if (!taken.remove(permit)) {
      return false;
    }
    count(permit.use, -1);
    return true;
  }

  /**
   * Revokes all permits: their requests will not be answered any more, or nothing waits for them.
   */
  synchronized void revokeAll() {
    taken.clear();
    overdue.clear();
    live = 0;
    replay = 0;
    apart = 0;
  }

  /**
   * Revokes the permits that were acquired up to the given time; returns whether there were any.
   */
  synchronized boolean revokeTakenUntil(long moment) {
    List<Permit> lost =
        Stream.concat(taken.stream(), overdue.stream())
            .filter(permit -> permit.takenAt - moment <= 0)
            .toList();
    lost.forEach(this::release);
    return !lost.isEmpty();
  }

  /** Returns the number of requests that are not answered yet. */
  synchronized int requests() {
    return taken() + overdue.size();
  }

  synchronized int taken() {
    return live + replay + apart;
  }

  synchronized boolean areFree() {
    return taken() == 0;
  }

  /** Records that a request was answered and the cluster was not too busy for it. */
  synchronized void answered(Permit permit, int documents, long now) {
    overtake(permit, now);
    int size = Math.min(SIZES - 1, 32 - Integer.numberOfLeadingZeros(documents));
    double nanos = now - permit.takenAt;
    double usual = usualNanos[size];
    usualNanos[size] = usual == 0 ? nanos : usual + (nanos - usual) / 16;
    if (usual > 0 && nanos > SLOW * usual && nanos > NOT_SLOW_NANOS) {
      lower(permit, 0.9, now);
    } else if (taken() >= (int) limit) {
      limit = Math.min(max, limit + 1 / limit);
    }
  }

  @GuardedBy("this") private void overtake(Permit answered, long now) {
    for (Permit permit : taken) {
      permit.overtaken += permit.takenAt - answered.takenAt < 0 ? 1 : 0;
    }
    giveUpOvertaken(now);
  }

  @GuardedBy("this") private void giveUpOvertaken(long now) {
    for (Permit permit : List.copyOf(taken)) {
      if (permit.overtaken >= OVERTAKEN
          && now - permit.takenAt > OVERTAKEN_NANOS
          && overdue.size() < OVERDUE * max) {
        release(permit);
        overdue.add(permit);
      }
    }
  }

  /** Records that the cluster was too busy for all or part of a request, or did not answer it. */
  synchronized void overloaded(Permit permit, long now) {
    if (!overdue.contains(permit)) { // other requests were answered meanwhile
      lower(permit, 0.75, now);
    }
  }

  /**
   * Lowers the limit once for all requests that were in flight together, because they had the same
   * cause.
   */
  @GuardedBy("this") private void lower(Permit permit, double factor, long now) {
    if (loweredAt == 0 || permit.takenAt - loweredAt >= 0) {
      limit = Math.max(1, limit * factor);
      loweredAt = now == 0 ? 1 : now;
    }
  }

  synchronized int limit() {
    return (int) limit;
  }
}

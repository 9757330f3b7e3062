package dev.eventstream.internal.delivery;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The places for requests in flight. How many there are follows the cluster: one more for each
 * round of good answers while all are in use, a quarter fewer when it says that it is busy, a tenth
 * fewer when its answers take several times as long as they used to for requests of that size.
 * (Additive increase, multiplicative decrease, as in TCP: V. Jacobson, "Congestion Avoidance and
 * Control", 1988.)
 *
 * <p>While there is live traffic the replay of the spool gets at most half of the places; when it
 * has none and waits for one, the next that becomes free is left to it. Without the other each may
 * have all.
 *
 * <p>A request that is not answered, while several that were sent later are, does not keep its
 * place: the cluster is well, and one of its documents may be why. There may be a few such requests
 * for each place. Thread-safe.
 */
final class Places {
  private static final int SIZES = 24; // requests are alike when their sizes have as many bits
  private static final double SLOW = 4;
  private static final long NOT_SLOW_NANOS = 100_000_000;
  private static final int OVERTAKEN = 3; // by as many, a request may be one that is never answered
  private static final long OVERTAKEN_NANOS = 1_000_000_000; // and after as long
  private static final int OVERDUE = 8; // such requests for each place
  private static final long LIVE_NANOS = 1_000_000_000; // for how long live traffic is remembered

  /** What a place is for. */
  enum Use {
    /** New documents, and those that are tried again. */
    LIVE,
    /** The replay of the spool. */
    REPLAY,
    /** Documents that are kept apart from others, one request at a time. */
    APART
  }

  /** A place that was taken. */
  static final class Place {
    private final Use use;
    private final long takenAt;
    private int overtaken; // by how many that were sent later and answered; guarded by the places

    private Place(Use use, long takenAt) {
      this.use = use;
      this.takenAt = takenAt;
    }

    Use use() {
      return use;
    }
  }

  private final int max;
  private final Set<Place> taken = new HashSet<>(); // guarded by this
  private final Set<Place> overdue = new HashSet<>(); // without a place; guarded by this
  private final double[] usualNanos = new double[SIZES]; // guarded by this
  private double limit; // guarded by this
  private int live; // guarded by this
  private int replay; // guarded by this
  private int apart; // guarded by this
  private long loweredAt; // guarded by this
  private long liveAt; // guarded by this
  private boolean everLive; // guarded by this
  private boolean replayWaits; // and has no place; guarded by this

  Places(int max) {
    this.max = max;
    this.limit = max;
  }

  synchronized @Nullable Place tryAcquire(Use use, long now) {
    if (taken() >= (int) limit) {
      giveUpOvertaken(now);
    }
    return switch (use) {
      case LIVE -> tryAcquireForLive(now);
      case REPLAY -> tryAcquireForReplay(now);
      case APART -> apart == 0 && isRoomBesideReplay() ? take(Use.APART, now) : null;
    };
  }

  private @Nullable Place tryAcquireForLive(long now) {
    everLive = true;
    liveAt = now;
    return isRoomBesideReplay() ? take(Use.LIVE, now) : null;
  }

  private boolean isRoomBesideReplay() {
    int left = replayWaits ? 1 : 0;
    return taken() + left < (int) limit;
  }

  private @Nullable Place tryAcquireForReplay(long now) {
    int places = (int) limit;
    boolean shared = everLive && now - liveAt < LIVE_NANOS;
    int own = shared ? Math.max(1, places / 2) : places;
    if (taken() < places && replay < own) {
      return take(Use.REPLAY, now);
    }
    replayWaits = replay == 0;
    return null;
  }

  /** The replay does not wait for a place any more. */
  synchronized void replayNeedsNone() {
    replayWaits = false;
  }

  /** A place in any case, for the one request that is to show whether the cluster is back. */
  synchronized Place acquireForTrial(long now) {
    return take(Use.REPLAY, now);
  }

  private Place take(Use use, long now) {
    if (use == Use.REPLAY) {
      replayWaits = false;
    }
    count(use, 1);
    Place place = new Place(use, now);
    taken.add(place);
    return place;
  }

  private void count(Use use, int change) {
    switch (use) {
      case LIVE -> live += change;
      case REPLAY -> replay += change;
      case APART -> apart += change;
    }
  }

  /** Gives back a place; false when it was given back or given up before. */
  synchronized boolean release(Place place) {
    if (overdue.remove(place)) {
      return true;
    }
    if (!taken.remove(place)) {
      return false;
    }
    count(place.use, -1);
    return true;
  }

  /** Gives up all that are taken: their requests will not be answered any more, or nobody waits. */
  synchronized void giveUpAll() {
    taken.clear();
    overdue.clear();
    live = 0;
    replay = 0;
    apart = 0;
  }

  /** Gives up those that were taken up to a moment; whether there were any. */
  synchronized boolean giveUpTakenUntil(long moment) {
    List<Place> lost =
        Stream.concat(taken.stream(), overdue.stream())
            .filter(place -> place.takenAt - moment <= 0)
            .toList();
    lost.forEach(this::release);
    return !lost.isEmpty();
  }

  /** Requests that were not answered yet. */
  synchronized int requests() {
    return taken() + overdue.size();
  }

  synchronized int taken() {
    return live + replay + apart;
  }

  synchronized boolean areFree() {
    return taken() == 0;
  }

  /** A request was answered and nothing in it was turned away. */
  synchronized void answered(Place place, int documents, long now) {
    overtake(place, now);
    int size = Math.min(SIZES - 1, 32 - Integer.numberOfLeadingZeros(documents));
    double nanos = now - place.takenAt;
    double usual = usualNanos[size];
    usualNanos[size] = usual == 0 ? nanos : usual + (nanos - usual) / 16;
    if (usual > 0 && nanos > SLOW * usual && nanos > NOT_SLOW_NANOS) {
      lower(place, 0.9, now);
    } else if (taken() >= (int) limit) {
      limit = Math.min(max, limit + 1 / limit);
    }
  }

  private void overtake(Place answered, long now) {
    for (Place place : taken) {
      place.overtaken += place.takenAt - answered.takenAt < 0 ? 1 : 0;
    }
    giveUpOvertaken(now);
  }

  private void giveUpOvertaken(long now) {
    for (Place place : List.copyOf(taken)) {
      if (place.overtaken >= OVERTAKEN
          && now - place.takenAt > OVERTAKEN_NANOS
          && overdue.size() < OVERDUE * max) {
        release(place);
        overdue.add(place);
      }
    }
  }

  /** The cluster was too busy for a request or for some of it, or did not answer it. */
  synchronized void turnedAway(Place place, long now) {
    if (!overdue.contains(place)) { // others were answered meanwhile
      lower(place, 0.75, now);
    }
  }

  /** Once for all that were in flight together: they all met the same trouble. */
  private void lower(Place place, double factor, long now) {
    if (loweredAt == 0 || place.takenAt - loweredAt >= 0) {
      limit = Math.max(1, limit * factor);
      loweredAt = now == 0 ? 1 : now;
    }
  }

  synchronized int limit() {
    return (int) limit;
  }
}

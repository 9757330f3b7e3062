package dev.eventstream.internal.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * Limits the average number of documents per second sent to the cluster. It works with a debt: a
 * sender that has taken more than was available waits until the debt is paid off. Live traffic and
 * the replay of the spool share the rate evenly while both need it; a share that one does not need
 * goes to the other. Thread-safe.
 */
final class Throttle {
  private static final double SECOND = 1e9;

  /** What live traffic or replay may take at once after a pause, in seconds of the rate. */
  private static final double BURST = 0.1;

  private final double perSecond; // 0 for no limit
  private final double most; // maximum balance of each
  private final Timer timer;

  @GuardedBy("this") private double live; // balance; negative if there is a debt

  @GuardedBy("this") private double replay;

  @GuardedBy("this") private long paidAt;

  Throttle(double perSecond, Timer timer) {
    this.perSecond = perSecond;
    this.most = Math.max(1, BURST * perSecond);
    this.timer = timer;
    this.live = most;
    this.replay = most;
    this.paidAt = timer.nanoTime();
  }

  /** Returns a throttle without a limit. */
  static Throttle unlimited(Timer timer) {
    return new Throttle(0, timer);
  }

  /** Takes documents if there is no debt. */
  boolean tryTake(boolean forReplay, int documents) {
    return perSecond == 0 || tryTakePaid(forReplay, documents);
  }

  private synchronized boolean tryTakePaid(boolean forReplay, int documents) {
    pay();
    if ((forReplay ? replay : live) <= 0) {
      return false;
    }
    if (forReplay) {
      replay -= documents;
    } else {
      live -= documents;
    }
    return true;
  }

  /** Returns how long to wait before the next attempt. */
  synchronized long nanosUntil(boolean forReplay) {
    pay();
    double owed = -(forReplay ? replay : live);
    if (owed < 0) {
      return 0;
    }
    double wantedByOther = most - (forReplay ? live : replay);
    return (long) ((owed + Math.min(owed, wantedByOther)) / perSecond * SECOND) + 1_000_000;
  }

  @GuardedBy("this") private void pay() {
    long now = timer.nanoTime();
    double due = perSecond * (now - paidAt) / SECOND;
    paidAt = now;
    double toLive = Math.min(most - live, Math.max(due / 2, due - (most - replay)));
    double toReplay = Math.min(most - replay, due - toLive);
    live += toLive;
    replay += toReplay;
  }
}

package dev.eventstream.internal.delivery;

/**
 * Keeps what goes to the cluster below a number of documents a second, over time: whoever has taken
 * more than was there waits until it is paid off. Live traffic and the replay of the spool share
 * the rate evenly while both want it; what one of them does not want the other gets. Thread-safe.
 */
final class Throttle {
  private static final double SECOND = 1e9;

  /** What either may take at once after a pause, in seconds of the rate. */
  private static final double BURST = 0.1;

  private final double perSecond; // 0: without limit
  private final double most; // that either may have
  private final Timer timer;
  private double live; // what there is; less than nothing: what is owed; guarded by this
  private double replay; // guarded by this
  private long paidAt; // guarded by this

  Throttle(double perSecond, Timer timer) {
    this.perSecond = perSecond;
    this.most = Math.max(1, BURST * perSecond);
    this.timer = timer;
    this.live = most;
    this.replay = most;
    this.paidAt = timer.nanoTime();
  }

  /** A throttle that lets everything through. */
  static Throttle unlimited(Timer timer) {
    return new Throttle(0, timer);
  }

  /** Takes documents, when earlier ones are paid off. */
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

  /** How long to wait before the next try. */
  synchronized long nanosUntil(boolean forReplay) {
    pay();
    double owed = -(forReplay ? replay : live);
    if (owed < 0) {
      return 0;
    }
    double wantedByOther = most - (forReplay ? live : replay);
    return (long) ((owed + Math.min(owed, wantedByOther)) / perSecond * SECOND) + 1_000_000;
  }

  private void pay() {
    long now = timer.nanoTime();
    double due = perSecond * (now - paidAt) / SECOND;
    paidAt = now;
    double toLive = Math.min(most - live, Math.max(due / 2, due - (most - replay)));
    double toReplay = Math.min(most - replay, due - toLive);
    live += toLive;
    replay += toReplay;
  }
}

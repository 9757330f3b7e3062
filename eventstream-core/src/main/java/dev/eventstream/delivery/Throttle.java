package dev.eventstream.delivery;

/**
 * Keeps what goes to the cluster below a number of documents a second, over time: whoever has taken
 * more than was there waits until it is paid off. Live traffic and the replay of the spool share
 * the rate evenly while both want it; without the other each may have all. Thread-safe.
 */
final class Throttle {
  private static final long SECOND = 1_000_000_000;

  /** What may be taken at once after a pause, in seconds of the rate. */
  private static final double BURST = 0.1;

  private final double perSecond;
  private final Timer timer;
  private final Account live = new Account(); // guarded by this
  private final Account replay = new Account(); // guarded by this

  private final class Account {
    double balance = Math.max(1, BURST * perSecond);
    long paidAt = timer.nanoTime();
    long wantedAt = timer.nanoTime() - SECOND;

    void pay(Account other, long now) {
      balance += rate(other, now) * (now - paidAt) / SECOND;
      balance = Math.min(balance, Math.max(1, BURST * perSecond));
      paidAt = now;
    }

    private double rate(Account other, long now) {
      return now - other.wantedAt < SECOND ? perSecond / 2 : perSecond;
    }
  }

  Throttle(double perSecond, Timer timer) {
    this.perSecond = perSecond;
    this.timer = timer;
  }

  /** Takes documents, when earlier ones are paid off. */
  synchronized boolean tryTake(boolean forReplay, int documents) {
    long now = timer.nanoTime();
    Account own = forReplay ? replay : live;
    own.pay(forReplay ? live : replay, now);
    own.wantedAt = now;
    if (own.balance <= 0) {
      return false;
    }
    own.balance -= documents;
    return true;
  }

  /** How long to wait before the next try. */
  synchronized long nanosUntil(boolean forReplay) {
    Account own = forReplay ? replay : live;
    double rate = own.rate(forReplay ? live : replay, timer.nanoTime());
    return own.balance > 0 ? 0 : (long) (-own.balance / rate * SECOND) + 1_000_000;
  }
}

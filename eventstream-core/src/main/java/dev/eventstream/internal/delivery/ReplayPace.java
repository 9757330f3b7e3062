package dev.eventstream.internal.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * Controls the pace of the replay: it pauses when documents cannot leave the spool. The pauses grow
 * with each complete round through the spool in which no document left it, up to a limit, because
 * documents that can be written may be behind those that cannot. Thread-safe.
 */
final class ReplayPace {
  private static final double RATE_SECONDS = 10;
  private static final long LONGEST_PAUSE = 10_000_000_000L; // nanoseconds

  private final Timer timer;
  private final Backoff roundPauses; // per round, by the number of fruitless rounds

  @GuardedBy("this") private long fruitless; // documents in a row that returned to the spool

  @GuardedBy("this") private long pausedUntil;

  @GuardedBy("this") private double recent; // decaying count of documents

  @GuardedBy("this") private long recentAt;

  ReplayPace(Timer timer, Backoff roundPauses) {
    this.timer = timer;
    this.roundPauses = roundPauses;
    this.pausedUntil = timer.nanoTime();
    this.recentAt = timer.nanoTime();
  }

  /** Returns the recent rate of documents leaving the spool, per second. */
  synchronized double documentsPerSecond() {
    return decayed(timer.nanoTime()) / RATE_SECONDS;
  }

  synchronized void count(int documents) {
    if (documents > 0) {
      fruitless = 0;
    }
    long now = timer.nanoTime();
    recent = decayed(now) + documents;
    recentAt = now;
  }

  @GuardedBy("this") private double decayed(long now) {
    return recent * Math.exp(-(now - recentAt) / (RATE_SECONDS * 1e9));
  }

  synchronized boolean isPaused() {
    return timer.nanoTime() - pausedUntil < 0;
  }

  synchronized void goOn() {
    fruitless = 0;
    pausedUntil = timer.nanoTime();
  }

  /**
   * Pauses after a number of documents of which none left the spool.
   *
   * @param inSpool the total number of documents in the spool
   * @return the nanoseconds until the end of the pause
   */
  synchronized long pauseAfter(int documents, long inSpool) {
    long all = Math.max(documents, inSpool);
    long rounds = fruitless / all;
    fruitless += documents;
    long round = roundPauses.bound((int) Math.min(Integer.MAX_VALUE, rounds));
    return pause(round * documents / all);
  }

  /** Pauses for the longest time. */
  synchronized long pauseLong() {
    return pause(LONGEST_PAUSE);
  }

  @GuardedBy("this") private long pause(long nanos) {
    long now = timer.nanoTime();
    long left = Math.min(LONGEST_PAUSE, Math.max(0, pausedUntil - now) + nanos);
    pausedUntil = now + left;
    return left;
  }
}

package dev.eventstream.es.request;

import java.time.Duration;

/** Asks until something is done, with short pauses first. Not thread-safe. */
public final class Polling {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
  private static final Duration BETWEEN_REPORTS = Duration.ofSeconds(5);

  private Duration pause = FIRST_PAUSE;
  private long reported = System.nanoTime();

  /** Returns whether five seconds have passed since the start, or since it last returned true. */
  public boolean isReportDue() {
    boolean due = System.nanoTime() - reported >= BETWEEN_REPORTS.toNanos();
    if (due) {
      reported = System.nanoTime();
    }
    return due;
  }

  /** Waits, longer each time, for two seconds at most. */
  public void pause() throws InterruptedException {
    Thread.sleep(pause.toMillis());
    Duration longer = pause.multipliedBy(2);
    pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
  }
}

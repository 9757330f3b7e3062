package dev.eventstream.internal.delivery;

/** Where delivery gets its time from, so that tests can turn the clock themselves. */
public interface Timer {
  /** Nanoseconds since an arbitrary moment, as {@link System#nanoTime}. */
  long nanoTime();

  /** Runs a short task after a delay. Nothing happens after the timer was stopped. */
  void schedule(Runnable task, long delayNanos);

  /** Ends the timer's thread; waits for the task that is running. */
  void stop();
}

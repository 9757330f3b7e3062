package dev.eventstream.internal.delivery;

/** The time source of the delivery, which tests replace. */
public interface Timer {
  /** Returns the nanoseconds since an arbitrary moment, like {@link System#nanoTime}. */
  long nanoTime();

  /** Runs a short task after a delay. Does nothing after the timer was stopped. */
  void schedule(Runnable task, long delayNanos);

  /** Ends the timer's thread and waits for the running task. */
  void stop();
}

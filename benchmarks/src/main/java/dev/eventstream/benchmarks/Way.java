package dev.eventstream.benchmarks;

/** One way for events to take into the engine. */
interface Way {
  /** Opens one connection, or stands for one caller. */
  Load.Sender connect() throws Exception;

  /**
   * Waits until all that was sent is acknowledged; does nothing when senders wait for that
   * themselves.
   */
  default void await() throws Exception {}
}

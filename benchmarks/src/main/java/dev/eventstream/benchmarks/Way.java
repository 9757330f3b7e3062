package dev.eventstream.benchmarks;

/** A way of sending events to the engine. */
interface Way {
  /** Opens one connection or represents one caller. */
  Load.Sender connect() throws Exception;

  /**
   * Waits until everything sent is acknowledged. Does nothing if the senders wait for that
   * themselves.
   */
  default void await() throws Exception {}
}

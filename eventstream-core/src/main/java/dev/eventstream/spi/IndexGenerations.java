package dev.eventstream.spi;

/**
 * Says in which index new documents continue when an index has become too large or too old. A
 * document keeps the destination that it got when it was accepted. Thread-safe.
 */
public interface IndexGenerations {
  /**
   * Returns the index for new documents. Called for each new event type and period, and after a
   * change of the version; must not block.
   *
   * @param index the name that the {@link IndexPattern} makes
   */
  String current(String index);

  /**
   * Returns a number that changes after the answer for any index has changed. Called for each
   * event; must be fast.
   */
  long version();
}

package dev.eventstream.spi;

import java.util.Locale;

/** What was in the way of an event that could not be taken. */
public enum Refusal {
  /** As many bytes are in flight as may be. */
  IN_FLIGHT,
  /** The stream is closed, or was before the event could be written. */
  CLOSED,
  /** There is no spool, and the cluster did not acknowledge it within the delivery time-out. */
  TIMEOUT,
  /** There is no spool, and the cluster turns us away until an operator mends something. */
  CLUSTER,
  /** The spool is full, or its disk fails or does not answer. */
  SPOOL;

  private final String wireName = name().toLowerCase(Locale.ROOT);

  /**
   * The name used in metrics.
   *
   * @return the constant's name in lower case, for example {@code in_flight}
   */
  public String wireName() {
    return wireName;
  }
}

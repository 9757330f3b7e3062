package dev.eventstream.spi;

import java.util.Locale;

/** Why an event could not be accepted now. */
public enum Refusal {
  /** The limit of bytes in flight is reached. */
  IN_FLIGHT,
  /** The stream is closed, or was closed before the event could be written. */
  CLOSED,
  /**
   * There is no spool, and the cluster did not acknowledge the event within the delivery time-out.
   */
  TIMEOUT,
  /** There is no spool, and the cluster rejects requests until an operator fixes the cause. */
  CLUSTER,
  /** The spool is full, or its disk fails or does not respond. */
  SPOOL;

  private final String wireName = name().toLowerCase(Locale.ROOT);

  /**
   * Returns whether the same stream may accept the event later: true for all but {@link #CLOSED}.
   */
  public boolean isTemporary() {
    return this != CLOSED;
  }

  /**
   * Returns the name used in metrics: the constant's name in lower case, for example {@code
   * in_flight}.
   */
  public String wireName() {
    return wireName;
  }
}

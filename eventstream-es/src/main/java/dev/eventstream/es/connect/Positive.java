package dev.eventstream.es.connect;

import java.time.Duration;

/** Checks arguments of builders. */
public final class Positive {

  private Positive() {}

  /**
   * Returns the value.
   *
   * @throws IllegalArgumentException if it is less than 1
   */
  public static long number(String setting, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(setting + " is " + value + "; it must be at least 1");
    }
    return value;
  }

  /**
   * Returns the value.
   *
   * @throws IllegalArgumentException if it is less than 1 ms
   */
  public static Duration time(String setting, Duration value) {
    if (value.toMillis() < 1) {
      throw new IllegalArgumentException(
          setting + " is " + value.toMillis() + " ms; it must be at least 1 ms");
    }
    return value;
  }
}

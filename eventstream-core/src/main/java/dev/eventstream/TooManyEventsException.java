package dev.eventstream;

import java.io.IOException;

/** Says that an input holds more events than the reader was told to take. */
public final class TooManyEventsException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param limit how many there may be
   */
  public TooManyEventsException(int limit) {
    super("more than " + limit + " events in one request; send them in several");
  }
}

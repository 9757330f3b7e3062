package dev.eventstream;

import java.io.IOException;

/** Thrown when an input contains more events than the reader's limit. */
public final class TooManyEventsException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param limit the maximum number of events
   */
  public TooManyEventsException(int limit) {
    super("more than " + limit + " events in one request; send them in several");
  }
}

package dev.eventstream.examples.transformer;

import dev.eventstream.Event;
import dev.eventstream.EventStep;
import dev.eventstream.InvalidEventException;
import dev.eventstream.spi.Rejection;

/** A step of one's own: rejects events that are larger than an application's clients send. */
final class Sizes implements EventStep {
  private final int maxBytes;

  Sizes(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  @Override
  public Event apply(Event event) throws InvalidEventException {
    if (event.size() > maxBytes) {
      throw new InvalidEventException(
          Rejection.TOO_LARGE,
          "the event has " + event.size() + " bytes; the limit is " + maxBytes);
    }
    return event;
  }

  @Override
  public boolean allowsEventReuse() {
    return true; // keeps no event
  }
}

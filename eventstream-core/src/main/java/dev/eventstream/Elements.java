package dev.eventstream;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** The events of an iterator or a reader. */
final class Elements implements PublishRun.Source {
  /** Returns the next event, or null at the end. */
  private interface Next {
    @Nullable ReadEvent next() throws IOException;
  }

  private final Next next;

  Elements(Iterator<? extends ReadEvent> events) {
    next = () -> events.hasNext() ? requireNonNull(events.next(), "element") : null;
  }

  Elements(EventReader events) {
    next = events::next;
  }

  @Override
  public @Nullable ReadEvent next() throws IOException {
    return next.next();
  }
}

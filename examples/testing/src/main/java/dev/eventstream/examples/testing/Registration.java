package dev.eventstream.examples.testing;

import static java.util.Objects.requireNonNull;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Registers users; a part of an application. Thread-safe. */
public final class Registration {
  private final EventStream events;

  /** Creates the part; the caller closes the stream. */
  public Registration(EventStream events) {
    this.events = requireNonNull(events, "events");
  }

  /**
   * Registers a user.
   *
   * @param user the user's name; registering it again changes nothing
   * @return whether the registration is safe: in the index or on disk
   */
  public CompletableFuture<Boolean> register(String user, String plan) {
    Event event =
        Event.of("registration", plan, Map.of("user", user))
            .withDocumentId("registration-" + user); // makes it safe to send it again
    return events.publish(event).thenApply(Outcome::accepted);
  }
}

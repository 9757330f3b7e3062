package dev.eventstream.examples.transformer;

import dev.eventstream.Event;
import dev.eventstream.EventStep;
import dev.eventstream.EventSteps;
import dev.eventstream.EventStream;
import java.security.SecureRandom;
import java.util.Map;

/** Publishes an event with personal data, which the index does not get. */
public final class Privacy {
  private static final int MAX_BYTES = 10_000;

  private Privacy() {}

  /**
   * Runs the example.
   *
   * @param args the cluster's URL, by default http://localhost:9200
   */
  @SuppressWarnings("SystemOut") // output of the example
  public static void main(String[] args) {
    String url = args.length > 0 ? args[0] : "http://localhost:9200";
    byte[] key = new byte[32]; // an application reads it from its secrets
    new SecureRandom().nextBytes(key);
    try (EventStream stream =
        EventStream.builder().sink(url).steps(steps(key, "production")).build()) {
      Event event =
          Event.of("login", "success", Map.of("user", "anna@example.org", "password", "secret"));
      System.out.println(stream.publish(event).join());
    }
  }

  /** Returns the steps that each event goes through before it becomes a document. */
  static EventStep steps(byte[] key, String environment) {
    return new Sizes(MAX_BYTES)
        .andThen(EventSteps.drop(event -> event.eventValue().equals("health-check")))
        .andThen(EventSteps.remove("password", "card.number"))
        .andThen(EventSteps.replace("user", new Pseudonyms(key)))
        .andThen(EventSteps.add("environment", environment));
  }
}

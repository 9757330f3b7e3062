package dev.eventstream.examples;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.IdResolver;
import dev.eventstream.Outcome;
import java.util.List;
import java.util.Map;

/** Publishes three events to a cluster and prints their outcomes. */
public final class PlainJava {
  private PlainJava() {}

  /**
   * Runs the example.
   *
   * @param args the cluster's URL, by default http://localhost:9200
   */
  @SuppressWarnings("SystemOut") // output of the example
  public static void main(String[] args) {
    String url = args.length > 0 ? args[0] : "http://localhost:9200";
    Map<String, Map<String, String>> ids =
        Map.of("pageview", Map.of("homepage", "h", "about", "a"));
    try (EventStream stream =
        EventStream.builder().sink(url).idResolver(IdResolver.of(ids)).build()) {
      List<Outcome> outcomes =
          stream
              .publishAll(
                  List.of(
                      Event.of("pageview", "homepage"),
                      Event.of("pageview", "about", Map.of("user", 42, "from", "newsletter")),
                      Event.of("Not An Index", "x")))
              .join();
      for (Outcome outcome : outcomes) {
        if (outcome instanceof Outcome.Accepted a) {
          System.out.println(
              a.kind() + " " + a.destination() + "/" + a.documentId() + " eventId " + a.eventId());
        } else if (outcome instanceof Outcome.Rejected r) {
          System.out.println("rejected: " + r.reason());
        } else if (outcome instanceof Outcome.Refused r) {
          System.out.println("try again in " + r.retryAfter() + ": " + r.reason());
        }
      }
    }
  }
}

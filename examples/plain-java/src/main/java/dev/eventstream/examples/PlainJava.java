package dev.eventstream.examples;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.IdResolver;
import dev.eventstream.Outcome;
import dev.eventstream.spool.MapDbSpool;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Publishes three events to a cluster and prints their outcomes. */
public final class PlainJava {
  private static final Map<String, Map<String, String>> IDS =
      Map.of("pageview", Map.of("homepage", "h", "about", "a"));

  private PlainJava() {}

  /**
   * Runs the example.
   *
   * @param args the cluster's URL, by default http://localhost:9200, and the directory of the
   *     spool, by default data/spool
   * @throws IOException if the spool cannot be opened
   */
  @SuppressWarnings("SystemOut") // output of the example
  public static void main(String[] args) throws IOException {
    String url = args.length > 0 ? args[0] : "http://localhost:9200";
    Path spool = Path.of(args.length > 1 ? args[1] : "data/spool");
    publish(url, spool, System.out);
  }

  static void publish(String url, Path spool, PrintStream out) throws IOException {
    List<Event> events =
        List.of(
            Event.of("pageview", "homepage"),
            Event.of("pageview", "about", Map.of("user", 42, "from", "newsletter")),
            Event.of("Not An Index", "x"));
    try (EventStream stream =
        EventStream.builder()
            .sink(url)
            .idResolver(IdResolver.of(IDS))
            .spool(MapDbSpool.open(spool))
            .build()) {
      for (Outcome outcome : stream.publishAll(events).join()) {
        out.println(describe(outcome));
      }
    }
  }

  private static String describe(Outcome outcome) {
    if (outcome instanceof Outcome.Accepted accepted) {
      // in the index (indexed, duplicate), or safe on disk (spooled, dead-lettered)
      return "%s: %s/%s, eventId %s"
          .formatted(
              outcome.kind(), accepted.destination(), accepted.documentId(), accepted.eventId());
    } else if (outcome instanceof Outcome.Rejected rejected) {
      return "REJECTED: " + rejected.reason();
    } else if (outcome instanceof Outcome.Refused refused) {
      return "REFUSED, try again in " + refused.retryAfter() + ": " + refused.reason();
    }
    return outcome.kind().toString();
  }
}

package dev.eventstream.examples.ignite;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Publishes two events to a cluster, with their IDs from Apache Ignite:
 *
 * <pre>{@code
 * ./mvnw -pl examples/ignite -am package -DskipTests
 * java -jar examples/ignite/target/eventstream-example-ignite-*.jar data/ids http://localhost:9200
 * }</pre>
 */
public final class IgniteIds {
  private IgniteIds() {}

  /**
   * Runs the example.
   *
   * @param args the directory with the ID tables, by default {@code data/ids}, and the cluster's
   *     URL, by default {@code http://localhost:9200}
   * @throws IOException if the tables cannot be read
   */
  @SuppressWarnings("SystemOut") // output of the example
  public static void main(String[] args) throws IOException {
    Path tables = Path.of(args.length > 0 ? args[0] : "data/ids");
    String url = args.length > 1 ? args[1] : "http://localhost:9200";
    try (LocalNode node = LocalNode.start()) { // closed last, because the stream uses it
      IgniteIdResolver ids = new IgniteIdResolver(node.ids("ids"));
      IgniteIdResolver.load(tables, node.ignite(), "ids");
      try (EventStream stream = EventStream.builder().sink(url).idResolver(ids).build()) {
        stream
            .publishAll(List.of(Event.of("pageview", "homepage"), Event.of("engagement", "click")))
            .join()
            .forEach(IgniteIds::print);
      }
    }
  }

  @SuppressWarnings("SystemOut")
  private static void print(Outcome outcome) {
    System.out.println(
        outcome instanceof Outcome.Accepted accepted
            ? accepted.documentId() + " with the event ID " + accepted.eventId()
            : outcome.toString());
  }
}

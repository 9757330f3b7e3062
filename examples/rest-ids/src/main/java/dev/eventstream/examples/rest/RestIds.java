package dev.eventstream.examples.rest;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Publishes two events to a cluster, with their IDs from a REST service in this program. */
public final class RestIds {
  private RestIds() {}

  /**
   * Runs the example.
   *
   * @param args the cluster's URL, by default http://localhost:9200, and the file that keeps the
   *     IDs, by default target/event-ids.json
   * @throws IOException if the service cannot be started
   * @throws InterruptedException if the program is interrupted at its start
   */
  @SuppressWarnings("SystemOut") // output of the example
  public static void main(String[] args) throws IOException, InterruptedException {
    String url = args.length > 0 ? args[0] : "http://localhost:9200";
    Path copy = Path.of(args.length > 1 ? args[1] : "target/event-ids.json");
    HttpServer service = startService();
    try {
      URI ids = URI.create("http://localhost:" + service.getAddress().getPort() + "/event-ids");
      try (EventStream stream =
          EventStream.builder()
              .sink(url)
              .idResolver(RestIdResolver.open(ids, copy, Duration.ofSeconds(10)))
              .build()) {
        List<Outcome> outcomes =
            stream
                .publishAll(
                    List.of(Event.of("pageview", "homepage"), Event.of("engagement", "click")))
                .join();
        System.out.println(outcomes);
      }
    } finally {
      service.stop(0);
    }
  }

  private static HttpServer startService() throws IOException {
    byte[] ids =
        "{\"pageview\":{\"homepage\":\"h\"},\"engagement\":{\"click\":\"c\"}}".getBytes(UTF_8);
    HttpServer service =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.createContext(
        "/event-ids",
        request -> {
          request.sendResponseHeaders(200, ids.length);
          request.getResponseBody().write(ids);
          request.close();
        });
    service.start();
    return service;
  }
}

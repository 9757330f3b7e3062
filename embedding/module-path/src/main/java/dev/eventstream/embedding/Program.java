package dev.eventstream.embedding;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.eventstream.Acknowledgement;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.micrometer.EventStreamMetrics;
import dev.eventstream.opentelemetry.EventStreamTracing;
import dev.eventstream.spool.MapDbIdResolver;
import dev.eventstream.spool.MapDbSpool;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Publishes one event to a stand-in cluster and one to the spool, and prints their outcomes. */
public final class Program {
  private Program() {}

  /** Expects an empty directory as its only argument. */
  @SuppressWarnings("SystemOut") // read by the test
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    Path tables = Files.createDirectories(directory.resolve("tables"));
    Files.writeString(tables.resolve("pageview.json"), "{\"homepage\":\"h\"}");
    Path ids = directory.resolve("ids.mapdb");
    System.out.println(MapDbIdResolver.build(tables, ids) + " ids");

    HttpServer cluster =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    cluster.createContext("/", Program::answer);
    cluster.start();
    URI url = URI.create("http://127.0.0.1:" + cluster.getAddress().getPort());
    EventStreamMetrics metrics = new EventStreamMetrics(new SimpleMeterRegistry());
    try (MapDbIdResolver resolver = MapDbIdResolver.open(ids);
        EventStream stream =
            EventStream.builder()
                .sink(ElasticsearchSink.builder(List.of(url)).build())
                .idResolver(resolver)
                .spool(MapDbSpool.open(directory.resolve("spool")))
                .listener(EventStreamTracing.of(OpenTelemetry.noop(), metrics))
                .build()) {
      metrics.watch(stream);
      List<Event> events = List.of(Event.of("pageview", "homepage"));
      List<Outcome> indexed = stream.publishAll(events).join();
      List<Outcome> spooled = stream.publishAll(events, Acknowledgement.SPOOLED).join();
      System.out.println(
          indexed.get(0).getClass().getSimpleName()
              + " "
              + spooled.get(0).getClass().getSimpleName());
    } finally {
      cluster.stop(0);
    }
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      long lines = new String(exchange.getRequestBody().readAllBytes(), UTF_8).lines().count();
      String items = "{\"create\":{\"status\":201}},".repeat((int) lines / 2);
      String answer =
          exchange.getRequestURI().getPath().equals("/_bulk")
              ? "{\"items\":[" + items.substring(0, items.length() - 1) + "]}"
              : "{\"version\":{\"number\":\"8.15.0\"}}";
      byte[] bytes = answer.getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }
}

package dev.eventstream.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.server.config.IndexSettings;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.metrics.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What a server does with indices, before a cluster that is a stand-in. */
class IndexUpkeepTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final Logger logger = (Logger) LoggerFactory.getLogger(IndexUpkeep.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile String distribution = "opensearch";
  private HttpServer cluster;
  private ElasticsearchSink sink;

  @BeforeEach
  void start() throws IOException {
    log.list = new CopyOnWriteArrayList<>();
    log.start();
    logger.addAppender(log);
    cluster = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    cluster.createContext("/", this::answer);
    cluster.start();
    sink =
        ElasticsearchSink.builder(
                List.of(URI.create("http://127.0.0.1:" + cluster.getAddress().getPort())))
            .build();
  }

  @AfterEach
  void stop() {
    sink.close();
    cluster.stop(0);
    logger.detachAppender(log);
  }

  /** Has one index, which is full, and refuses to create others. */
  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String request = exchange.getRequestMethod() + " " + path;
      asked.add(request);
      exchange.getRequestBody().readAllBytes();
      boolean isRefused = request.equals("PUT /events-click-000002");
      String body =
          path.startsWith("/_cat/indices")
              ? "[{\"index\":\"events-click-000001\",\"status\":\"open\",\"docs.count\":\"9\"}]"
              : isRefused
                  ? "{\"error\":{\"type\":\"security_exception\",\"reason\":\"no permission\"}}"
                  : path.equals("/")
                      ? "{\"version\":{\"number\":\"2.19.6\",\"distribution\":\""
                          + distribution
                          + "\"}}"
                      : "{}";
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(isRefused ? 403 : 200, body.getBytes(UTF_8).length);
      exchange.getResponseBody().write(body.getBytes(UTF_8));
    }
  }

  @Test
  void aRefusedRolloverDoesNotPreventRetentionAndFigures() throws Exception {
    IndexSettings settings =
        ServerSettings.fromEnvironment(
                Map.of(
                    "EVENTSTREAM_INDEX", "events-{eventType}",
                    "EVENTSTREAM_ROLLOVER_DOCUMENTS", "9",
                    "EVENTSTREAM_RETENTION", "9d"))
            .indices();
    try (Metrics metrics = Metrics.create("test");
        IndexUpkeep upkeep =
            new IndexUpkeep(
                settings, List.of("events-*"), settings.newRollover(), metrics.indices())) {
      upkeep.begin(sink);

      await().atMost(SOON).until(() -> asked.contains("GET /_cluster/health"));
    }
    assertThat(asked)
        .as("of the retention")
        .contains("PUT /events-click-000002", "GET /events-*/_mapping");
    assertThat(log.list)
        .singleElement()
        .extracting(ILoggingEvent::getFormattedMessage)
        .asString()
        .contains("indices cannot be continued", "403", "no permission");
  }

  @Test
  void anEngineWithoutPoliciesIsNamedOnceAndNothingIsDeleted() throws Exception {
    IndexSettings settings =
        ServerSettings.fromEnvironment(
                Map.of(
                    "EVENTSTREAM_INDEX", "events-{eventType}-{yyyy}",
                    "EVENTSTREAM_RETENTION", "9d",
                    "EVENTSTREAM_RETENTION_BY", "engine",
                    "EVENTSTREAM_ROLLOVER_INTERVAL", "1s"))
            .indices();
    distribution = "elasticsearch";
    try (Metrics metrics = Metrics.create("test");
        IndexUpkeep upkeep =
            new IndexUpkeep(
                settings, List.of("events-*"), settings.newRollover(), metrics.indices())) {
      upkeep.begin(sink);

      await()
          .atMost(SOON)
          .until(() -> Collections.frequency(asked, "GET /events-*-*/_mapping") >= 2);
    }
    assertThat(asked).allMatch(request -> request.startsWith("GET "));
    assertThat(log.list)
        .singleElement()
        .extracting(ILoggingEvent::getFormattedMessage)
        .asString()
        .contains("no Index State Management", "EVENTSTREAM_RETENTION_BY=server");
  }
}

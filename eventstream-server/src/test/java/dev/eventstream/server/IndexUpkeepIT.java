package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.RealEngine;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What servers do to the indices of events, by their settings. */
@Tag("slow")
class IndexUpkeepIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CLICKS = 7;

  @RegisterExtension static final EngineExtension engine = EngineExtension.shared("opensearch");

  @TempDir Path directory;
  private final Logger logger = (Logger) LoggerFactory.getLogger(IndexUpkeep.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void listen() {
    log.list = new CopyOnWriteArrayList<>();
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void cleanUp() {
    logger.detachAppender(log);
    engine.get().client().request("DELETE", "/_index_template/eventstream"); // others share it
  }

  private EventServer start(String name, Map<String, String> settings) throws Exception {
    return start(engine.get().url(), name, settings);
  }

  private EventServer start(URI cluster, String name, Map<String, String> settings)
      throws Exception {
    Map<String, String> environment = new HashMap<>(settings);
    environment.put("ELASTICSEARCH_URL", cluster.toString());
    environment.put("EVENTSTREAM_HOST", "127.0.0.1");
    environment.put("EVENTSTREAM_PORT", "0");
    environment.put("EVENTSTREAM_ADMIN_PORT", "0");
    environment.put("EVENTSTREAM_SPOOL_DIR", directory.resolve(name).toString());
    environment.putIfAbsent("EVENTSTREAM_DELIVERY_TIMEOUT", "30s");
    environment.put("EVENTSTREAM_INDEX_TEMPLATE", "apply");
    return EventServer.start(ServerSettings.fromEnvironment(environment));
  }

  /** Publishes clicks with ids; the answers are not of interest. */
  private void publish(EventServer server, int from, int to) throws Exception {
    StringBuilder body = new StringBuilder("[");
    for (int i = from; i < to; i++) {
      body.append(i == from ? "" : ",")
          .append("{\"eventType\":\"click\",\"eventValue\":\"" + i + "\"}");
    }
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.url() + "/v1/events"))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", "clicks-" + from)
            .POST(BodyPublishers.ofString(body.append(']').toString()))
            .build();
    assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isIn(200, 202);
  }

  private String metrics(EventServer server) throws Exception {
    URI url = URI.create("http://127.0.0.1:" + server.adminPort().orElseThrow() + "/metrics");
    return http.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString()).body();
  }

  private List<String> messages(Level level) {
    return log.list.stream()
        .filter(event -> event.getLevel().equals(level))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  @Test
  void twoServersContinueAFullIndexInTheSameNextOne() throws Exception {
    Map<String, String> settings =
        Map.of(
            "EVENTSTREAM_INDEX", "upkeep-{eventType}",
            "EVENTSTREAM_ROLLOVER_DOCUMENTS", String.valueOf(CLICKS),
            "EVENTSTREAM_ROLLOVER_INTERVAL", "1s");
    EngineClient client = engine.get().client();
    try (EventServer one = start("one", settings);
        EventServer other = start("other", settings)) {
      publish(one, 0, CLICKS);
      client.request("POST", "/upkeep-click-*/_refresh").orThrow();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                int next = CLICKS * 10 + (int) client.count("upkeep-click-*");
                publish(other, next, next + 1);
                assertThat(client.count("upkeep-click-000002*")).isPositive();
              });
      publish(one, 0, CLICKS); // repeated

      long first = client.count("upkeep-click-000001");
      assertThat(client.count("upkeep-click"))
          .as("the alias")
          .isEqualTo(client.count("upkeep-click-*"));
      assertThat(first).isGreaterThanOrEqualTo(CLICKS);
      String counted = metrics(one) + metrics(other);
      assertThat(counted).contains("eventstream_rollovers_total 1.0");
      assertThat(counted.split("eventstream_rollovers_total [1-9]", -1))
          .as("one server")
          .hasSize(2);
    }
    assertThat(messages(Level.INFO))
        .containsExactly("Created upkeep-click-000002, in which a full index continues");
    assertThat(messages(Level.WARN)).isEmpty();
  }

  @Test
  void indicesThatAreTooOldAreDeletedWithinTheLimitAndLogged() throws Exception {
    EngineClient client = engine.get().client();
    Map<String, String> settings =
        Map.of(
            "EVENTSTREAM_INDEX", "prune-{yyyy.MM.dd}",
            "EVENTSTREAM_RETENTION", "9d",
            "EVENTSTREAM_RETENTION_LIMIT", "1",
            "EVENTSTREAM_ROLLOVER_INTERVAL", "1s");
    client.request("PUT", "/prune-2020.01.03", "{}").orThrow(); // without the template
    try (EventServer install =
        start("install", Map.of("EVENTSTREAM_INDEX", "prune-{yyyy.MM.dd}"))) {
      publish(install, 0, 1); // the newest index is never deleted
    }
    client.request("PUT", "/prune-2020.01.01", "{}").orThrow();
    client.request("PUT", "/prune-2020.01.02", "{}").orThrow();

    try (EventServer server = start("one", settings)) {
      await().atMost(PATIENCE).until(() -> !messages(Level.WARN).isEmpty());

      assertThat(messages(Level.INFO))
          .containsExactly(
              "Deleted prune-2020.01.01: no event in it is younger than 2020-01-02T00:00:00Z, and"
                  + " the limit is 9 days");
      assertThat(messages(Level.WARN))
          .singleElement()
          .asString()
          .contains("1 more", "EVENTSTREAM_RETENTION_LIMIT=1", "indices prune --yes");
      assertThat(client.request("GET", "/prune-2020.01.01").status()).isEqualTo(404);
      assertThat(client.request("GET", "/prune-2020.01.02").status()).isEqualTo(200);
      assertThat(client.request("GET", "/prune-2020.01.03").status()).isEqualTo(200);
      assertThat(metrics(server))
          .contains("eventstream_retention_steps_total{action=\"delete\"} 1.0");
    }
  }

  @Test
  void aClusterThatStartsAfterTheServerGetsTheTemplateBeforeTheFirstEvent() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Map<String, String> settings =
        Map.of("EVENTSTREAM_INDEX", "early-{eventType}", "EVENTSTREAM_DELIVERY_TIMEOUT", "100ms");
    try (EventServer server = start(URI.create("http://127.0.0.1:" + port), "early", settings)) {
      publish(server, 0, 5);
      try (RealEngine late = RealEngine.builder("opensearch").port(port).start()) {
        await()
            .atMost(PATIENCE)
            .ignoreExceptions()
            .until(
                () -> {
                  late.client().refresh();
                  return late.client().count("early-click") == 5;
                });

        assertThat(late.client().request("GET", "/early-click/_mapping").orThrow().body())
            .contains("\"managed_by\":\"eventstream\"");
      }
    }
  }
}

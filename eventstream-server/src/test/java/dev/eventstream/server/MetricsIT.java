package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.EventStream;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.OnMappingFailure;
import dev.eventstream.server.health.HealthzEndpoint;
import dev.eventstream.server.http.HttpLimits;
import dev.eventstream.server.metrics.Metrics;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.RealEngine;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the metrics say, against what clients were answered while an engine was killed. */
@Tag("slow")
class MetricsIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final List<String> OUTCOMES =
      List.of("indexed", "duplicate", "spooled", "dead_lettered", "rejected", "refused");

  @TempDir Path directory;
  private final HttpClient client = HttpClient.newHttpClient();
  private final Map<String, AtomicInteger> answered = new ConcurrentHashMap<>();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger number = new AtomicInteger();

  @Test
  void agreeWithWhatClientsWereAnsweredThroughAKillAndARestart() throws Exception {
    try (RealEngine engine =
            RealEngine.builder("opensearch:2.19.6")
                .dataDirectory(directory.resolve("engine"))
                .start();
        Metrics metrics = Metrics.create("test");
        EventStream stream =
            EventStream.builder()
                .sink(
                    ElasticsearchSink.builder(List.of(engine.url()))
                        .onMappingFailure(OnMappingFailure.DEAD_LETTER)
                        .build())
                .spool(MapDbSpool.builder(directory.resolve("spool")).minFreeBytes(0).open())
                .deliveryTimeout(Duration.ofMillis(700))
                .listener(metrics.listener())
                .build();
        HttpEndpoints http =
            HttpEndpoints.start(
                stream, HttpOptions.open("127.0.0.1", 0), metrics, HttpLimits.ofThisProcess())) {
      metrics.watch(stream);
      metrics.watchConnections(http::connections);
      Server shown = serve(metrics.handler());
      Server health = serve(new HealthzEndpoint(stream, "test"));
      try {
        publish(http.port(), 1); // the mapping: n is a number
        publishWhile(
            http.port(),
            () -> {
              await().atMost(PATIENCE).until(() -> count("indexed") > 500);
              engine.kill();
              await().atMost(PATIENCE).until(() -> count("spooled") > 500);
            });
        JsonNode degraded = JSON.readTree(get(health));
        assertThat(degraded.path("status").asText()).isEqualTo("degraded");
        assertThat(degraded.path("cluster").path("breaker").asText()).isEqualTo("open");
        assertThat(value(get(shown), "eventstream_breaker_open")).isEqualTo(1);
        assertThat(value(get(shown), "eventstream_spool_documents"))
            .isEqualTo(degraded.path("spool").path("documents").asDouble())
            .isPositive();

        engine.restart();
        await().atMost(PATIENCE).until(() -> stream.backlog().spool().documents() == 0);
        await().atMost(PATIENCE).until(() -> stream.backlog().clusterTakes());
        publish(http.port(), 10);

        String text = get(shown);
        for (String outcome : OUTCOMES) {
          assertThat(value(text, "eventstream_events_total{outcome=\"" + outcome + "\"}"))
              .as(outcome)
              .isEqualTo(count(outcome));
        }
        assertThat(count("indexed")).isPositive();
        assertThat(count("spooled")).isPositive();
        assertThat(count("dead_lettered")).isPositive();
        assertThat(count("rejected")).isEqualTo(requests.get());
        double spooled = value(text, "eventstream_spooled_documents_total");
        assertThat(spooled).isGreaterThanOrEqualTo(count("spooled"));
        assertThat(value(text, "eventstream_replayed_documents_total")).isEqualTo(spooled);
        assertThat(value(text, "eventstream_spool_documents")).isZero();
        assertThat(value(text, "eventstream_breaker_open")).isZero();
        assertThat(value(text, "eventstream_breaker_openings_total")).isPositive();
        assertThat(value(text, "eventstream_bulk_duration_seconds_count{result=\"retry\"}"))
            .isPositive();
        assertThat(value(text, "eventstream_dead_letters"))
            .isEqualTo((double) stream.deadLetters().count())
            .isEqualTo(requests.get());
        assertThat(value(text, "eventstream_request_duration_seconds_count"))
            .isEqualTo(requests.get());
        await()
            .until(
                () ->
                    value(
                            get(shown),
                            "eventstream_http_requests_total"
                                + "{endpoint=\"POST /v1/events\",status=\"2xx\"}")
                        == requests.get());
        assertThat(JSON.readTree(get(health)).path("status").asText()).isEqualTo("ok");
        engine.client().refresh();
        assertThat(engine.client().count("metrics")).isEqualTo(number.get());
      } finally {
        shown.stop();
        health.stop();
      }
    }
  }

  private int count(String outcome) {
    return answered.getOrDefault(outcome, new AtomicInteger()).get();
  }

  private interface Meanwhile {
    void run() throws Exception;
  }

  private void publishWhile(int port, Meanwhile meanwhile) throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        running.add(
            threads.submit(
                () -> {
                  while (!over.get()) {
                    publish(port, 20);
                  }
                  return null;
                }));
      }
      try {
        meanwhile.run();
      } finally {
        over.set(true);
      }
      for (Future<?> thread : running) {
        thread.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** So many good events, one that no index takes, and one that is none. */
  private void publish(int port, int good) throws Exception {
    StringBuilder body = new StringBuilder("[");
    for (int i = 0; i < good; i++) {
      body.append("{\"eventType\":\"metrics\",\"eventValue\":\"v\",\"n\":")
          .append(number.getAndIncrement())
          .append("},");
    }
    body.append("{\"eventType\":\"metrics\",\"eventValue\":\"v\",\"n\":\"no number\"},{}]");
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/events"))
                .POST(BodyPublishers.ofString(body.toString()))
                .build(),
            BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(207);
    requests.incrementAndGet();
    for (JsonNode result : JSON.readTree(response.body()).path("results")) {
      answered
          .computeIfAbsent(result.path("outcome").asText(), o -> new AtomicInteger())
          .incrementAndGet();
    }
  }

  private static Server serve(Handler handler) throws Exception {
    Server server = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    server.setHandler(handler);
    server.start();
    return server;
  }

  private String get(Server server) throws Exception {
    int port = ((NetworkConnector) server.getConnectors()[0]).getLocalPort();
    return client
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/")).build(),
            BodyHandlers.ofString())
        .body();
  }

  private static double value(String text, String sample) {
    Matcher line =
        Pattern.compile("^" + Pattern.quote(sample) + " (\\S+)$", Pattern.MULTILINE).matcher(text);
    assertThat(line.find()).as("%s in %s", sample, text).isTrue();
    return Double.parseDouble(line.group(1));
  }
}

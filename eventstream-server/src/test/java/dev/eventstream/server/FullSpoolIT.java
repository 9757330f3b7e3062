package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.FaultProxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The server when there is no more room for what the cluster does not take. */
class FullSpoolIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String TYPE = "full-spool";
  private static final int BATCH = 100;

  @RegisterExtension
  static final EngineExtension ENGINE = EngineExtension.shared("opensearch:2.19.6");

  @TempDir Path spool;
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void refusesWithRetryAfterWhenFullAndTakesAgainByItselfWhenTheClusterIsBack() throws Exception {
    try (FaultProxy proxy = FaultProxy.start(ENGINE.get().url());
        EventServer server = EventServer.start(settings(proxy.url()))) {
      proxy.refuseConnections();
      int accepted = 0;
      HttpResponse<String> answer = post(server);
      while (answer.statusCode() == 202) {
        accepted += BATCH;
        assertThat(accepted).isLessThan(100_000);
        answer = post(server);
      }
      // the last batch that was taken may have found room for a part of it
      int partly = answer.statusCode() == 207 ? count(answer.body(), "\"outcome\":\"spooled\"") : 0;
      answer = partly > 0 ? post(server) : answer;

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
      assertThat(answer.headers().firstValueAsLong("Retry-After").orElseThrow()).isPositive();
      assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
      assertThat(answer.body()).contains("is full");
      assertThat(get(server, "/readyz").statusCode()).isEqualTo(503);
      assertThat(get(server, "/livez").statusCode()).isEqualTo(200);

      proxy.heal();
      await().atMost(PATIENCE).until(() -> post(server).statusCode() == 200);
      await().atMost(PATIENCE).until(() -> get(server, "/readyz").statusCode() == 200);
      int atLeast = accepted + partly;
      await().atMost(PATIENCE).until(() -> ENGINE.get().client().count(TYPE) > atLeast);
    }
  }

  private ServerSettings settings(URI cluster) throws Exception {
    return ServerSettings.fromEnvironment(
        Map.of(
            "ELASTICSEARCH_URL",
            cluster.toString(),
            "EVENTSTREAM_HOST",
            "127.0.0.1",
            "EVENTSTREAM_PORT",
            "0",
            "EVENTSTREAM_ADMIN_PORT",
            "off",
            "EVENTSTREAM_SPOOL_DIR",
            spool.toString(),
            "EVENTSTREAM_SPOOL_MAX_BYTES",
            "16MiB",
            "EVENTSTREAM_SPOOL_MIN_FREE_BYTES",
            "0"));
  }

  private HttpResponse<String> post(EventServer server) throws Exception {
    String event =
        "{\"eventType\":\""
            + TYPE
            + "\",\"eventValue\":\"v\",\"text\":\""
            + "x".repeat(4_000)
            + "\"}\n";
    return client.send(
        HttpRequest.newBuilder(URI.create(server.url() + "/v1/events"))
            .header("Content-Type", "application/x-ndjson")
            .POST(BodyPublishers.ofString(event.repeat(BATCH)))
            .build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> get(EventServer server, String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(server.url() + path)).build(), BodyHandlers.ofString());
  }

  private static int count(String text, String part) {
    return (text.length() - text.replace(part, "").length()) / part.length();
  }
}

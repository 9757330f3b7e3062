package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.Fault;
import dev.eventstream.testkit.FaultProxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A batch that is sent again with its key is in the index once, whatever became of it before. */
class IdempotencyIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final int BATCH = 50;

  @RegisterExtension
  static final EngineExtension ENGINE = EngineExtension.shared("opensearch:2.19.6");

  @TempDir Path ids;
  @TempDir Path spool;
  private final HttpClient client = HttpClient.newHttpClient();
  private final String index = "idempotency-" + NAMES.incrementAndGet();

  private HttpResponse<String> post(EventServer server, String... headers) throws Exception {
    List<String> events =
        IntStream.range(0, BATCH)
            .mapToObj(i -> "{\"eventType\":\"" + index + "\",\"eventValue\":\"v" + i + "\"}")
            .toList();
    return client.send(
        HttpRequest.newBuilder(URI.create(server.url() + "/v1/events"))
            .header("Idempotency-Key", "\"the batch\"")
            .headers(headers.length == 0 ? new String[] {"Accept", "*/*"} : headers)
            .POST(BodyPublishers.ofString(events.toString()))
            .build(),
        BodyHandlers.ofString());
  }

  private static List<String> outcomes(HttpResponse<String> answer) throws Exception {
    JsonNode results = JSON.readTree(answer.body()).get("results");
    return StreamSupport.stream(results.spliterator(), false)
        .map(result -> result.get("outcome").asText())
        .distinct()
        .toList();
  }

  private static List<String> documentIds(HttpResponse<String> answer) throws Exception {
    return JSON.readTree(answer.body()).get("results").findValuesAsText("id");
  }

  private long count() {
    return ENGINE.get().client().count(index);
  }

  @Test
  void isAnsweredAsTheFirstTimeAndChangesNothing() throws Exception {
    try (EventServer server = LocalServer.start(ENGINE.get().url(), ids, spool)) {
      HttpResponse<String> first = post(server);
      HttpResponse<String> second = post(server);

      assertThat(first.statusCode()).isEqualTo(200);
      assertThat(outcomes(first)).containsExactly("indexed");
      assertThat(second.statusCode()).isEqualTo(200);
      assertThat(outcomes(second)).containsExactly("duplicate");
      assertThat(documentIds(second)).isEqualTo(documentIds(first)).hasSize(BATCH);
      assertThat(count()).isEqualTo(BATCH);
    }
  }

  @Test
  void isInTheIndexOnceWhenTheClustersAnswerToTheFirstWasLostAndItWentToTheSpool()
      throws Exception {
    try (FaultProxy proxy = FaultProxy.start(ENGINE.get().url());
        EventServer server = LocalServer.start(proxy.url(), ids, spool)) {
      proxy.inject(Fault.loseAnswer().on("_bulk"), 1.0, 1); // it writes, and we do not hear of it
      HttpResponse<String> first = post(server);
      proxy.heal();
      assertThat(first.statusCode()).isEqualTo(202);
      assertThat(outcomes(first)).containsExactly("spooled");

      await().atMost(PATIENCE).until(() -> post(server).statusCode() == 200);

      HttpResponse<String> last = post(server);
      assertThat(outcomes(last)).containsExactly("duplicate");
      assertThat(documentIds(last)).isEqualTo(documentIds(first));
      await()
          .atMost(PATIENCE)
          .until(() -> post(server, "Prefer", "respond-async").statusCode() == 202);
      assertThat(count()).isEqualTo(BATCH);
    }
    // Closed, it has left nothing in its spool that a next one would write.
    try (EventServer next = LocalServer.start(ENGINE.get().url(), ids, spool)) {
      assertThat(outcomes(post(next))).containsExactly("duplicate");
      assertThat(count()).isEqualTo(BATCH);
    }
  }

  @Test
  void needsNoKeyWhenItIsOfCloudEvents() throws Exception {
    String event =
        "{\"specversion\":\"1.0\",\"id\":\"%d\",\"source\":\"/it\",\"subject\":\"v\",\"type\":\""
            + index
            + "\"}";
    List<String> batch = IntStream.range(0, BATCH).mapToObj(event::formatted).toList();
    try (EventServer server = LocalServer.start(ENGINE.get().url(), ids, spool)) {
      for (String outcome : List.of("indexed", "duplicate")) {
        HttpResponse<String> answer =
            client.send(
                HttpRequest.newBuilder(URI.create(server.url() + "/v1/events"))
                    .header("Content-Type", "application/cloudevents-batch+json")
                    .POST(BodyPublishers.ofString(batch.toString()))
                    .build(),
                BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(outcomes(answer)).containsExactly(outcome);
      }
      assertThat(count()).isEqualTo(BATCH);
    }
  }

  @Test
  void isInTheIndexOnceWhenTheClientHasNotWaitedForTheClusterTheFirstTime() throws Exception {
    try (EventServer server = LocalServer.start(ENGINE.get().url(), ids, spool)) {
      HttpResponse<String> first = post(server, "Prefer", "respond-async");
      assertThat(first.statusCode()).isEqualTo(202);
      assertThat(first.headers().firstValue("Preference-Applied")).hasValue("respond-async");

      HttpResponse<String> second = post(server);

      assertThat(second.statusCode()).isEqualTo(200);
      assertThat(documentIds(second)).isEqualTo(documentIds(first));
      await().atMost(PATIENCE).until(() -> outcomes(post(server)).equals(List.of("duplicate")));
      assertThat(count()).isEqualTo(BATCH);
    }
  }
}

package dev.eventstream.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eventstream.server.admin.AdminClient;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.Document;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.EngineExtension;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A redrive of many letters on a server under load: each document is in the index once, and other
 * events are indexed meanwhile. {@code -Deventstream.redrive.letters=100000} is the most that a
 * spool holds.
 */
@Tag("slow")
class RedriveIT {
  private static final int LETTERS = Integer.getInteger("eventstream.redrive.letters", 20_000);
  private static final int BATCH = 20;
  private static final String OLD = "redriven";
  private static final String LIVE = "live";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @RegisterExtension
  static final EngineExtension ENGINE = EngineExtension.shared("opensearch:2.19.6");

  @TempDir Path ids;
  @TempDir Path root;

  private final HttpClient client = HttpClient.newHttpClient();

  private void addLetters() throws Exception {
    try (MapDbSpool spool = MapDbSpool.open(root)) {
      Instant now = Instant.now();
      for (int from = 0; from < LETTERS; from += 1_000) {
        List<DeadLetter> letters = new ArrayList<>();
        for (int i = from; i < Math.min(from + 1_000, LETTERS); i++) {
          String source = "{\"eventType\":\"" + OLD + "\",\"eventValue\":\"v\",\"n\":" + i + "}";
          Document document = new Document(OLD, "r" + i, null, source.getBytes(UTF_8));
          letters.add(new DeadLetter(document, "mapping", now, now));
        }
        spool.deadLetters().add(letters).toCompletableFuture().join();
      }
    }
  }

  /**
   * Publishes batches until {@code ended} is true; returns the duration of each in milliseconds.
   */
  private List<Long> publish(URI events, AtomicBoolean ended, List<String> faults) {
    String event = "{\"eventType\":\"" + LIVE + "\",\"eventValue\":\"v\"}";
    HttpRequest request =
        HttpRequest.newBuilder(events)
            .POST(BodyPublishers.ofString(Collections.nCopies(BATCH, event).toString()))
            .build();
    List<Long> times = new ArrayList<>();
    while (!ended.get()) {
      long begin = System.nanoTime();
      try {
        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
        times.add(Duration.ofNanos(System.nanoTime() - begin).toMillis());
        for (JsonNode result : JSON.readTree(answer.body()).path("results")) {
          if (!result.path("outcome").asText().equals("indexed")) {
            faults.add(result.toString());
          }
        }
      } catch (Exception e) {
        faults.add(e.toString());
        return times;
      }
    }
    return times;
  }

  @Test
  @SuppressWarnings("SystemOut") // the figures
  void everyLetterArrivesOnceAndOtherEventsAreIndexedMeanwhile() throws Exception {
    addLetters();
    AtomicBoolean ended = new AtomicBoolean();
    List<String> faults = new CopyOnWriteArrayList<>();
    try (EventServer server = LocalServer.start(ENGINE.get().url(), ids, root)) {
      URI events = URI.create(server.url() + "/v1/events");
      AdminClient admin =
          new AdminClient(URI.create("http://127.0.0.1:" + server.adminPort().orElseThrow()), null);
      assertThat(admin.get("/v1/status").path("deadLetters").path("documents").asInt())
          .isEqualTo(LETTERS);
      CompletableFuture<List<Long>> one =
          CompletableFuture.supplyAsync(() -> publish(events, ended, faults));
      CompletableFuture<List<Long>> other =
          CompletableFuture.supplyAsync(() -> publish(events, ended, faults));

      long begin = System.nanoTime();
      JsonNode started = admin.post("/v1/dead-letters/redrive", JSON.readTree("{\"filter\":{}}"));
      String path = "/v1/jobs/" + started.path("id").asText();
      JsonNode[] job = new JsonNode[1];
      await()
          .atMost(Duration.ofMinutes(4))
          .until(
              () -> {
                job[0] = admin.get(path);
                return job[0].has("endedAt");
              });
      long millis = Duration.ofNanos(System.nanoTime() - begin).toMillis();
      ended.set(true);
      List<Long> times = new ArrayList<>(one.join());
      times.addAll(other.join());
      Collections.sort(times);

      System.out.printf(
          "%,d letters in %,d ms; meanwhile %,d batches of %d events, median %d ms, worst %d ms%n",
          LETTERS,
          millis,
          times.size(),
          BATCH,
          times.get(times.size() / 2),
          times.get(times.size() - 1));
      assertThat(job[0].path("state").asText()).as(job[0].toString()).isEqualTo("done");
      assertThat(job[0].path("indexed").asInt()).isEqualTo(LETTERS);
      assertThat(admin.get("/v1/status").path("deadLetters").path("documents").asInt()).isZero();
      assertThat(ENGINE.get().client().count(OLD)).isEqualTo(LETTERS);
      assertThat(faults).isEmpty();
      assertThat(ENGINE.get().client().count(LIVE)).isEqualTo((long) BATCH * times.size());
    }
  }
}

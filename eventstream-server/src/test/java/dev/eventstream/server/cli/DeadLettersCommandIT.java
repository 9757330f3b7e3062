package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.Document;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.EngineExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Dead letters of a live and of a stopped server, on a real engine. */
@Tag("slow")
class DeadLettersCommandIT {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int LETTERS = Integer.getInteger("eventstream.redrive.letters", 5_000);

  @RegisterExtension static final EngineExtension engine = EngineExtension.shared("opensearch");

  @TempDir Path spool;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void removeIndices() {
    engine.get().client().request("DELETE", "/letters");
    engine.get().client().request("DELETE", "/live");
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    environment.put("ELASTICSEARCH_URL", engine.get().url().toString());
    environment.put("EVENTSTREAM_SPOOL_DIR", spool.toString());
    environment.put("EVENTSTREAM_HOST", "127.0.0.1");
    environment.put("EVENTSTREAM_PORT", "0");
    environment.put("EVENTSTREAM_ADMIN_PORT", "0");
    environment.put("EVENTSTREAM_INDEX_TEMPLATE", "off");
    return environment;
  }

  private int run(String... arguments) {
    out.reset();
    err.reset();
    return Commands.run(
        "dead-letters",
        List.of(arguments),
        environment(),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8));
  }

  private void addLetters(int count) throws IOException {
    try (MapDbSpool opened = MapDbSpool.builder(spool).minFreeBytes(0).open()) {
      List<DeadLetter> letters = new ArrayList<>();
      Instant time = Instant.parse("2026-01-01T00:00:00Z");
      for (int i = 0; i < count; i++) {
        String source = "{\"eventType\":\"letters\",\"eventValue\":\"v\",\"number\":" + i + "}";
        letters.add(
            new DeadLetter(
                new Document("letters", "d" + i, null, source.getBytes(UTF_8)),
                "mapping",
                time,
                time));
      }
      opened.deadLetters().add(letters).toCompletableFuture().join();
    }
  }

  private long replicas() throws IOException {
    try (Stream<Path> all = Files.list(spool)) {
      return all.count();
    }
  }

  @Test
  void lettersOfAStoppedServerAreTriedAgainOnceAndNothingIsLeftBehind() throws Exception {
    addLetters(1_200);

    assertThat(run("redrive", "--dry-run")).isZero();
    assertThat(out.toString(UTF_8)).isEqualTo("1200 dead letters match\n");
    assertThat(run("redrive", "--limit", "700", "--json")).as(err.toString(UTF_8)).isZero();
    assertThat(out.toString(UTF_8)).contains("\"tried\":700", "\"indexed\":700");
    assertThat(run("redrive")).as(err.toString(UTF_8)).isZero();
    assertThat(run("redrive")).isZero();

    assertThat(out.toString(UTF_8)).startsWith("0 tried");
    assertThat(engine.get().client().count("letters")).isEqualTo(1_200);
    assertThat(replicas()).isEqualTo(1);
  }

  @Test
  void lettersOfALiveServerUnderLoadAreTriedAgainOnceByTheServerItself() throws Exception {
    addLetters(LETTERS);
    try (EventServer server = EventServer.start(ServerSettings.fromEnvironment(environment()))) {
      AtomicBoolean ended = new AtomicBoolean();
      int[] published = new int[1];
      Thread load = new Thread(() -> publishUntil(ended, server, published), "load");
      load.start();

      assertThat(run("redrive", "--json")).as(err.toString(UTF_8)).isZero();

      ended.set(true);
      load.join(PATIENCE.toMillis());
      JsonNode job = new ObjectMapper().readTree(out.toByteArray());
      assertThat(job.path("state").asText()).isEqualTo("done");
      assertThat(job.path("indexed").asInt()).isEqualTo(LETTERS);
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(engine.get().client().count("letters")).isEqualTo(LETTERS);
                assertThat(engine.get().client().count("live")).isEqualTo(published[0]);
              });
      assertThat(published[0]).isPositive();
      assertThat(run("ls")).isZero();
      assertThat(out.toString(UTF_8)).isEmpty();
      assertThat(run("purge", "--yes", "--detach")).isZero();
      assertThat(replicas()).isEqualTo(1);
    }
    assertThat(run("redrive")).isZero(); // by itself again
  }

  private static void publishUntil(AtomicBoolean ended, EventServer server, int[] published) {
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.url() + "/v1/events"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("[{\"eventType\":\"live\",\"eventValue\":\"v\"}]"))
            .build();
    while (!ended.get()) {
      try {
        if (client.send(request, BodyHandlers.ofString()).statusCode() / 100 == 2) {
          published[0]++;
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      } catch (InterruptedException e) {
        return;
      }
    }
  }
}

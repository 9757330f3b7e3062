package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.server.cli.Cli;
import dev.eventstream.testkit.EngineExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Start and shutdown of the server's process. */
class ShutdownIT {

  @RegisterExtension static final EngineExtension engine = EngineExtension.shared("opensearch");

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern READY = Pattern.compile("eventstream is ready at (\\S+)");
  private static final String INDEX = "shutdown";

  @TempDir Path directory;

  private Process process;

  @AfterEach
  void endTheProcess() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void aServerToldToStopAnswersOrRefusesAndHasIndexedAllThatItAnsweredCreated() throws Exception {
    URI url = URI.create(startUntilReady());
    int clients = 8;
    AtomicInteger created = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    Map<String, String> valuesById = new LinkedHashMap<>();
    try {
      List<Future<Map<String, String>>> running = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        String name = "client" + i;
        running.add(threads.submit(() -> publishUntilTheConnectionFails(url, name, created)));
      }
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> created.get() > 200 || running.stream().anyMatch(Future::isDone));

      process.destroy(); // SIGTERM

      for (Future<Map<String, String>> client : running) {
        valuesById.putAll(client.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
      }
    } finally {
      threads.shutdownNow();
    }

    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    assertThat(valuesById).hasSizeGreaterThan(200);
    assertThat(storedValuesById()).containsAllEntriesOf(valuesById);
  }

  @Test
  void faultySettingsEndTheStartWithAllFaultsAndWithoutAStackTrace() throws Exception {
    start(
        Map.of(
            "ELASTICSEARCH_URL", "localhost",
            "EVENTSTREAM_PORT", "70000",
            "EVENTSTREAM_ID_DIR", directory.resolve("none").toString(),
            "EVENTSTREAM_UNKNOWN_VALUES", "maybe",
            "EVENTSTREAM_PROT", "8080"));

    assertThat(exitCode()).isEqualTo(2);
    assertThat(errors())
        .contains("ELASTICSEARCH_URL is \"localhost\"")
        .contains("EVENTSTREAM_PORT is \"70000\"")
        .contains("EVENTSTREAM_ID_DIR is ")
        .contains("EVENTSTREAM_UNKNOWN_VALUES is \"maybe\"")
        .contains("EVENTSTREAM_PROT is not a setting");
    assertNoStackTrace();
  }

  @Test
  void anUnknownSettingAloneEndsTheStart() throws Exception {
    start(Map.of("EVENTSTREAM_PORT", "0", "EVENTSTREAM_COLOUR", "green"));

    assertThat(exitCode()).isEqualTo(2);
    assertThat(errors()).contains("EVENTSTREAM_COLOUR is not a setting");
    assertNoStackTrace();
  }

  @Test
  void aSettingThatOnlyItsUserCanJudgeEndsTheStartToo() throws Exception {
    start(
        Map.of(
            "EVENTSTREAM_HOST", "127.0.0.1",
            "EVENTSTREAM_PORT", "0",
            "EVENTSTREAM_INDEX", "No Index {eventType}"));

    assertThat(exitCode()).isEqualTo(2);
    assertThat(errors()).contains("No Index");
    assertNoStackTrace();
  }

  @Test
  void aPortInUseEndsTheStartWithAddressAndRemedy() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      start(
          Map.of(
              "ELASTICSEARCH_URL",
              engine.get().url().toString(),
              "EVENTSTREAM_HOST",
              "127.0.0.1",
              "EVENTSTREAM_PORT",
              Integer.toString(taken.getLocalPort()),
              "EVENTSTREAM_ADMIN_PORT",
              "0"));

      assertThat(exitCode()).isEqualTo(1);
      assertThat(errors())
          .contains("cannot listen on 127.0.0.1:" + taken.getLocalPort())
          .contains("EVENTSTREAM_PORT");
      assertNoStackTrace();
    }
  }

  /** The values of the events that were answered created, by document id. */
  private static Map<String, String> publishUntilTheConnectionFails(
      URI url, String name, AtomicInteger created) throws InterruptedException {
    HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    Map<String, String> valuesById = new LinkedHashMap<>();
    for (int number = 0; ; ) {
      List<String> values = new ArrayList<>();
      List<String> events = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        String value = name + "-" + number++;
        values.add(value);
        events.add("{\"eventType\": \"" + INDEX + "\", \"eventValue\": \"" + value + "\"}");
      }
      HttpRequest request =
          HttpRequest.newBuilder(url.resolve("/"))
              .timeout(PATIENCE)
              .POST(BodyPublishers.ofString(events.toString()))
              .build();
      HttpResponse<String> response;
      JsonNode results;
      try {
        response = http.send(request, BodyHandlers.ofString());
        results = JSON.readTree(response.body());
      } catch (HttpTimeoutException e) {
        throw new AssertionError("neither an answer nor a connection error", e);
      } catch (JacksonException e) {
        throw new AssertionError("an answer that is not JSON", e);
      } catch (IOException e) {
        return valuesById;
      }
      assertThat(response.statusCode()).as(response.body()).isIn(200, 503);
      if (results.isArray()) {
        assertThat(results).hasSize(values.size());
        for (int i = 0; i < values.size(); i++) {
          if (results.get(i).path("result").asText().equals("created")) {
            valuesById.put(results.get(i).path("_id").asText(), values.get(i));
            created.incrementAndGet();
          }
        }
      }
    }
  }

  private static Map<String, String> storedValuesById() throws IOException {
    long count = engine.get().client().count(INDEX); // refreshes
    String path = "/" + INDEX + "/_search?size=10000";
    JsonNode hits =
        JSON.readTree(engine.get().client().request("GET", path).orThrow().body())
            .path("hits")
            .path("hits");
    assertThat(hits).hasSize(Math.toIntExact(count));
    Map<String, String> valuesById = new LinkedHashMap<>();
    for (JsonNode hit : hits) {
      valuesById.put(hit.path("_id").asText(), hit.path("_source").path("eventValue").asText());
    }
    return valuesById;
  }

  private String startUntilReady() throws IOException {
    start(
        Map.of(
            "ELASTICSEARCH_URL", engine.get().url().toString(),
            "EVENTSTREAM_HOST", "127.0.0.1",
            "EVENTSTREAM_PORT", "0",
            "EVENTSTREAM_ADMIN_PORT", "0"));
    await().atMost(PATIENCE).until(() -> !process.isAlive() || READY.matcher(read(out())).find());
    Matcher ready = READY.matcher(read(out()));
    assertThat(ready.find()).as("ready; its errors: %s", errors()).isTrue();
    return ready.group(1);
  }

  private void start(Map<String, String> settings) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Cli.class.getName(),
            "serve");
    Map<String, String> environment = builder.environment();
    environment
        .keySet()
        .removeIf(name -> name.startsWith("EVENTSTREAM_") || name.startsWith("JAVA_TOOL"));
    environment.remove("ELASTICSEARCH_URL");
    environment.putAll(settings);
    process =
        builder
            .directory(directory.toFile())
            .redirectOutput(out().toFile())
            .redirectError(err().toFile())
            .start();
  }

  private int exitCode() throws InterruptedException {
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private void assertNoStackTrace() throws IOException {
    assertThat(errors() + read(out()))
        .doesNotContain("\tat ")
        .doesNotContain("Exception in thread")
        .doesNotContain("Caused by")
        .doesNotContain("is ready");
  }

  private String errors() throws IOException {
    return read(err());
  }

  private Path out() {
    return directory.resolve("stdout");
  }

  private Path err() {
    return directory.resolve("stderr");
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file);
  }
}

package dev.eventstream.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.Fault;
import dev.eventstream.testkit.FaultProxy;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The server's process at shutdown, and with scarce resources. */
@Tag("slow")
class ProcessIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String NOWHERE = "http://127.0.0.1:1";

  @RegisterExtension static final EngineExtension ENGINE = EngineExtension.shared("opensearch");

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(30))
          .build();

  private ServerProcess server;

  @AfterEach
  void endTheProcess() {
    if (server != null) {
      server.kill();
    }
  }

  private void start(Map<String, String> settings) throws IOException {
    server = new ServerProcess(directory, () -> settings);
    startAgain();
  }

  private void startAgain() throws IOException {
    server.start();
    await().atMost(PATIENCE).until(server::ready);
  }

  // Signals

  @Test
  void toldToStopItTakesNothingNewAnswersWhatItHasAndSpoolsTheRest() throws Exception {
    String index = "told-once";
    try (FaultProxy proxy = FaultProxy.start(ENGINE.get().url())) {
      int adminPort = freePort();
      start(
          Map.of(
              "ELASTICSEARCH_URL",
              proxy.url().toString(),
              "EVENTSTREAM_DELIVERY_TIMEOUT",
              "5s",
              "EVENTSTREAM_ADMIN_PORT",
              Integer.toString(adminPort)));
      URI url = server.url();
      assertThat(publish(index, 0, 10, 1).statusCode()).isEqualTo(200);
      proxy.inject(Fault.blackHole());
      CompletableFuture<HttpResponse<String>> waiting =
          http.sendAsync(request(url, index, 10, 15, 1), BodyHandlers.ofString());
      await().atMost(PATIENCE).until(() -> proxy.faults() > 0);

      server.terminate();

      URI ready = URI.create("http://127.0.0.1:" + adminPort + "/readyz");
      await()
          .atMost(PATIENCE)
          .until(() -> get(ready).body(), body -> body.contains("shutting down"));
      assertThat(get(ready).statusCode()).isEqualTo(503);
      await().atMost(PATIENCE).until(() -> isRefused(url));
      HttpResponse<String> answer = waiting.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
      assertThat(numbersAccepted(answer, 10)).hasSize(15);
      assertThat(server.exitCode()).isZero();
      server.kill();
      assertThat(server.remains().waiting()).isEqualTo(15);

      proxy.heal();
      startAgain();
      await().atMost(PATIENCE).until(() -> ENGINE.get().client().count(index) == 25);
    }
  }

  @Test
  void toldTwiceItEndsAtOnceAndHasLostNothingThatItAnswered() throws Exception {
    String index = "told-twice";
    try (FaultProxy proxy = FaultProxy.start(ENGINE.get().url())) {
      proxy.inject(Fault.blackHole());
      start(Map.of("ELASTICSEARCH_URL", proxy.url().toString(), "EVENTSTREAM_ACK", "spooled"));
      URI url = server.url();
      assertThat(publish(index, 0, 100, 1).statusCode()).isEqualTo(202);
      try (Socket slow = new Socket(url.getHost(), url.getPort())) {
        String head =
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9999\r\n\r\n";
        slow.getOutputStream().write(head.getBytes(US_ASCII));
        assertThat(slow.getInputStream().read()).as("it has begun").isEqualTo('H');
        server.terminate();
        await().atMost(PATIENCE).until(() -> isRefused(url));
        assertThat(server.isAlive()).as("it waits for who is sending").isTrue();

        server.terminate();

        assertThat(server.exitCode()).isEqualTo(128 + 15);
      }
      server.kill();

      proxy.heal();
      startAgain();
      await().atMost(PATIENCE).until(() -> ENGINE.get().client().count(index) == 100);
    }
  }

  // Heap, files, connections

  @Test
  void onATinyHeapItRefusesWhatDoesNotFitAndLosesNothing() throws Exception {
    Map<String, String> settings =
        Map.of("ELASTICSEARCH_URL", NOWHERE, "EVENTSTREAM_SPOOL_MAX_BYTES", "256MiB");
    server =
        new ServerProcess(directory, () -> settings)
            .withJvmOptions("-Xmx64m", "-XX:+ExitOnOutOfMemoryError");
    startAgain();
    int clients = 8;
    AtomicInteger accepted = new AtomicInteger();
    List<Integer> statuses = Collections.synchronizedList(new ArrayList<>());
    AtomicInteger deaths = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    try {
      List<Future<?>> floods = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        floods.add(
            threads.submit(
                () -> {
                  for (int request = 0; request < 12; request++) {
                    try {
                      HttpResponse<String> answer = publish("heap", 0, 99, 100_000);
                      statuses.add(answer.statusCode());
                      accepted.addAndGet(numbersAccepted(answer, 0).size());
                    } catch (IOException e) {
                      revive(deaths);
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> flood : floods) {
        flood.get(4, TimeUnit.MINUTES);
      }
    } finally {
      threads.shutdownNow();
    }

    assertThat(statuses)
        .isNotEmpty()
        .allMatch(status -> List.of(202, 207, 413, 503).contains(status));
    assertThat(accepted.get()).isPositive();
    revive(deaths); // it may have died after its last answer
    HttpResponse<String> small;
    try {
      small = publish("heap", 0, 1, 1);
    } catch (IOException e) { // it died just now
      revive(deaths);
      small = publish("heap", 0, 1, 1);
    }
    assertThat(small.statusCode()).as(small.body()).isIn(202, 503);
    server.kill();
    assertThat(server.remains().damaged()).isEmpty();
    assertThat(server.remains().waiting()).isGreaterThanOrEqualTo(accepted.get());
  }

  private synchronized void revive(AtomicInteger deaths) throws Exception {
    if (!server.isAlive()) {
      assertThat(server.exitCode()).as("that of ExitOnOutOfMemoryError").isEqualTo(3);
      deaths.incrementAndGet();
      startAgain();
    }
  }

  @Test
  void withFewOpenFilesItKeepsSomeForTheSpoolWhateverComes() throws Exception {
    Map<String, String> settings =
        Map.of("ELASTICSEARCH_URL", NOWHERE, "EVENTSTREAM_SPOOL_MAX_BYTES", "64MiB");
    server = new ServerProcess(directory, () -> settings).withFiles(384);
    startAgain();
    int accepted = numbersAccepted(publish("files", 0, 10, 1), 0).size();
    List<Socket> crowd = new ArrayList<>();
    try {
      for (int i = 0; i < 600; i++) {
        crowd.add(new Socket(server.url().getHost(), server.url().getPort()));
      }
      for (int i = 0; i < 20; i++) {
        HttpResponse<String> answer = publish("files", 0, 10, 50_000); // segments are made
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        accepted += numbersAccepted(answer, 0).size();
      }
    } finally {
      for (Socket socket : crowd) {
        socket.close();
      }
    }

    assertThat(publish("files", 0, 10, 1).statusCode()).isEqualTo(202);
    accepted += 10;
    server.stop();
    assertThat(server.remains().waiting()).isEqualTo(accepted);
  }

  @Test
  void aMillionEventTypesTakeNoMoreHeapThanAThousand() throws Exception {
    server =
        new ServerProcess(directory, () -> Map.of("ELASTICSEARCH_URL", NOWHERE))
            .withJvmOptions("-Xmx64m", "-XX:+ExitOnOutOfMemoryError");
    startAgain();
    int accepted = 0;
    int type = 0;
    for (int request = 0; request < 100; request++) {
      StringBuilder body = new StringBuilder();
      for (int i = 0; i < 10_000; i++) {
        body.append("{\"eventType\":\"type-").append(type++).append("\",\"eventValue\":\"v\"}\n");
      }
      HttpResponse<String> answer = post(server.url(), body.toString());
      assertThat(answer.statusCode()).isIn(207, 400);
      accepted += numbersAccepted(answer, 0).size();
    }

    assertThat(accepted).isEqualTo(1_000);
    assertThat(post(server.url(), "{\"eventType\":\"type-7\",\"eventValue\":\"v\"}\n").statusCode())
        .isEqualTo(202);
    server.stop();
    assertThat(server.remains().waiting()).isEqualTo(1_001);
  }

  @Test
  void tenThousandSilentConnectionsFitIntoASmallHeap() throws Exception {
    server =
        new ServerProcess(directory, () -> Map.of("ELASTICSEARCH_URL", NOWHERE))
            .withJvmOptions("-Xmx128m", "-XX:+ExitOnOutOfMemoryError");
    startAgain();
    URI url = server.url();
    String request = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 10_000; i++) {
        Socket socket = new Socket(url.getHost(), url.getPort());
        silent.add(socket);
        socket.getOutputStream().write(request.getBytes(US_ASCII));
      }
      for (int i = 0; i < 50; i++) {
        assertThat(publish("crowd", 0, 10, 1).statusCode()).isEqualTo(202);
      }
      for (Socket socket : silent) { // each of them was answered
        assertThat(socket.getInputStream().readNBytes(15)).asString().isEqualTo("HTTP/1.1 200 OK");
      }
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
    server.stop();
    assertThat(server.remains().waiting()).isEqualTo(500);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static boolean isRefused(URI url) throws IOException {
    try (Socket socket = new Socket(url.getHost(), url.getPort())) {
      return false;
    } catch (ConnectException e) {
      return true;
    }
  }

  private HttpResponse<String> get(URI uri) throws Exception {
    return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  /** Sends events numbered from {@code from} on, each with so many bytes of text. */
  private HttpResponse<String> publish(String index, int from, int count, int bytes)
      throws IOException, InterruptedException {
    return http.send(request(server.url(), index, from, count, bytes), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(URI url, String lines)
      throws IOException, InterruptedException {
    return http.send(request(url, lines), BodyHandlers.ofString());
  }

  private static HttpRequest request(URI url, String index, int from, int count, int bytes) {
    String text = "x".repeat(bytes);
    StringBuilder lines = new StringBuilder();
    for (int i = from; i < from + count; i++) {
      lines
          .append("{\"eventType\":\"" + index + "\",\"eventValue\":\"v\",\"number\":" + i)
          .append(",\"text\":\"" + text + "\"}\n");
    }
    return request(url, lines.toString());
  }

  private static HttpRequest request(URI url, String lines) {
    return HttpRequest.newBuilder(url.resolve("/v1/events"))
        .timeout(PATIENCE)
        .header("Content-Type", "application/x-ndjson")
        .POST(BodyPublishers.ofString(lines))
        .build();
  }

  /** The numbers of the events that were taken, of a request whose first has this number. */
  private static List<Integer> numbersAccepted(HttpResponse<String> answer, int first)
      throws IOException {
    List<Integer> numbers = new ArrayList<>();
    int number = first;
    for (JsonNode result : JSON.readTree(answer.body()).path("results")) {
      if (List.of("indexed", "duplicate", "spooled", "dead_lettered")
          .contains(result.path("outcome").asText())) {
        numbers.add(number);
      }
      number++;
    }
    return numbers;
  }
}

package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.spool.MapDbIdResolver;
import dev.eventstream.spool.SpoolReplica;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The assembled server, without a cluster. */
class EventServerTest {
  @TempDir Path spool;
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void startsWithoutAClusterAndIsReadyAsEventsAreSafeOnDisk() throws Exception {
    try (EventServer server = EventServer.start(settings(Map.of()))) {
      assertThat(get(server, "/livez").statusCode()).isEqualTo(200);
      HttpResponse<String> ready = get(server, "/readyz");
      assertThat(ready.statusCode()).isEqualTo(200);
      assertThat(post(server, "pageview", "about").body()).contains("\"result\":\"spooled\"");
    }
  }

  @Test
  void startsAlthoughItCannotLeaveTheNoteForCommandsAsOnAFullDisk() throws Exception {
    try (EventServer server = EventServer.start(settings(Map.of()))) {
      assertThat(post(server, "pageview", "about").body()).contains("\"result\":\"spooled\"");
    }
    Path replica = SpoolReplica.of(spool).get(0).directory();
    Files.createDirectory(replica.resolve("server.json.new")); // where the note is written first

    try (EventServer server = EventServer.start(settings(Map.of()))) {
      assertThat(SpoolReplica.of(spool)).containsExactly(new SpoolReplica(replica, true, null));
      assertThat(post(server, "pageview", "contact").body()).contains("\"result\":\"spooled\"");
    }
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, 127.0.0.1", "0.0.0.0, localhost", "::1, [::1]", "::, localhost"})
  void saysWhereToReachIt(String host, String reachable) throws Exception {
    try (EventServer server = EventServer.start(settings(Map.of("EVENTSTREAM_HOST", host)))) {
      assertThat(server.url()).isEqualTo("http://" + reachable + ":" + server.port());
      assertThat(get(server, "/livez").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void showsMetricsAndHealthToOperatorsOnly() throws Exception {
    try (EventServer server = EventServer.start(settings(Map.of()))) {
      post(server, "pageview", "about");
      URI admin = URI.create("http://127.0.0.1:" + server.adminPort().orElseThrow());

      assertThat(get(admin.resolve("/metrics")).body())
          .contains("eventstream_events_total{outcome=\"spooled\"} 1.0")
          .contains("eventstream_http_requests_total{endpoint=\"POST /\",status=\"2xx\"} 1.0")
          .contains("eventstream_http_connections ")
          .contains("eventstream_http_request_memory_bytes ");
      assertThat(get(admin.resolve("/healthz")).body()).contains("\"status\" : \"degraded\"");
      assertThat(get(server, "/metrics").statusCode()).isEqualTo(404);
      assertThat(get(server, "/healthz").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void onAnAddressOfOthersTheAdminApiNeedsAKeyAndMetricsDoNot() throws Exception {
    Map<String, String> environment = Map.of("EVENTSTREAM_ADMIN_HOST", "0.0.0.0");
    try (EventServer server = EventServer.start(settings(environment))) {
      URI admin = URI.create("http://127.0.0.1:" + server.adminPort().orElseThrow());

      assertThat(get(admin.resolve("/metrics")).statusCode()).isEqualTo(200);
      assertThat(get(admin.resolve("/healthz")).statusCode()).isEqualTo(200);
      HttpResponse<String> status = get(admin.resolve("/v1/status"));
      assertThat(status.statusCode()).isEqualTo(403);
      assertThat(status.body()).contains("EVENTSTREAM_ADMIN_KEY_FILE");
    }
  }

  @Test
  void aKeyInAFileGuardsTheAdminApiAndMetricsIfTheyAreToNeedIt(@TempDir Path directory)
      throws Exception {
    String secret = "the-secret-of-the-operators";
    Path file = Files.writeString(directory.resolve("key"), secret + "\n");
    Map<String, String> environment =
        Map.of(
            "EVENTSTREAM_ADMIN_HOST", "0.0.0.0",
            "EVENTSTREAM_ADMIN_KEY_FILE", file.toString(),
            "EVENTSTREAM_ADMIN_METRICS", "key");
    try (EventServer server = EventServer.start(settings(environment))) {
      URI admin = URI.create("http://127.0.0.1:" + server.adminPort().orElseThrow());

      for (String path : List.of("/metrics", "/healthz", "/v1/status", "/v1/jobs")) {
        assertThat(get(admin.resolve(path)).statusCode()).isEqualTo(401);
        HttpRequest request =
            HttpRequest.newBuilder(admin.resolve(path))
                .header("Authorization", "Bearer " + secret)
                .build();
        assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
      }
      assertThat(get(admin.resolve("/livez")).statusCode()).isEqualTo(200);
      assertThat(get(admin.resolve("/readyz")).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void keepsToTheLimitsThatAreSet() throws Exception {
    Map<String, String> environment =
        Map.of(
            "EVENTSTREAM_MAX_BODY_BYTES", "1KiB",
            "EVENTSTREAM_MAX_EVENTS", "2",
            "EVENTSTREAM_MAX_HEADER_BYTES", "1KiB");
    try (EventServer server = EventServer.start(settings(environment))) {
      assertThat(post(server, "pageview", "a".repeat(1024)).statusCode()).isEqualTo(413);
      assertThat(post(server, "[{},{}]").statusCode()).isEqualTo(400);
      assertThat(post(server, "[{},{},{}]").statusCode()).isEqualTo(413);
      assertThat(get(server, "/livez?" + "a".repeat(1024)).statusCode()).isEqualTo(414);
    }
  }

  @Test
  void turnsAwayEventTypesThatAreNotAllowed() throws Exception {
    Map<String, String> environment = Map.of("EVENTSTREAM_EVENT_TYPES", "pageview");
    try (EventServer server = EventServer.start(settings(environment))) {
      assertThat(post(server, "engagement", "click").body()).contains("event_type_not_allowed");
    }
  }

  @Test
  void turnsAwayValuesWithoutAnIdWhenToldSo(@TempDir Path ids) throws Exception {
    Files.writeString(ids.resolve("pageview.json"), "{\"about\": \"a\"}");
    Map<String, String> environment =
        Map.of("EVENTSTREAM_ID_DIR", ids.toString(), "EVENTSTREAM_UNKNOWN_VALUES", "reject");
    try (EventServer server = EventServer.start(settings(environment))) {
      assertThat(post(server, "pageview", "nowhere").body()).contains("unknown_event_value");
    }
  }

  @Test
  void findsIdsInAFileToo(@TempDir Path directory) throws Exception {
    Path tables = Files.createDirectory(directory.resolve("tables"));
    Files.writeString(tables.resolve("pageview.json"), "{\"about\": \"a\"}");
    Path ids = directory.resolve("ids.db");
    MapDbIdResolver.build(tables, ids);
    Map<String, String> environment =
        Map.of("EVENTSTREAM_ID_FILE", ids.toString(), "EVENTSTREAM_UNKNOWN_VALUES", "reject");
    try (EventServer server = EventServer.start(settings(environment))) {
      assertThat(post(server, "pageview", "nowhere").body()).contains("unknown_event_value");
    }
  }

  @Test
  void saysThatAnIdFileIsNoneAndLeavesNothingRunning(@TempDir Path directory) throws Exception {
    Path file = Files.write(directory.resolve("ids.db"), new byte[1 << 20]);
    Set<Thread> before = Thread.getAllStackTraces().keySet();

    assertThatThrownBy(
            () -> EventServer.start(settings(Map.of("EVENTSTREAM_ID_FILE", file.toString()))))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(file.toString(), "build it anew");

    assertThat(newEventstreamThreads(before)).isEmpty();
  }

  @Test
  void saysWhichIdTableCannotBeReadAndLeavesNothingRunning(@TempDir Path ids) throws Exception {
    Files.writeString(ids.resolve("pageview.json"), "{\"about\": ");
    Set<Thread> before = Thread.getAllStackTraces().keySet();

    assertThatThrownBy(
            () -> EventServer.start(settings(Map.of("EVENTSTREAM_ID_DIR", ids.toString()))))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("EVENTSTREAM_ID_DIR is \"" + ids + "\": ")
        .hasMessageContaining("pageview.json cannot be used")
        .hasMessageEndingWith("; correct it, or remove the file");

    assertThat(newEventstreamThreads(before)).isEmpty();
  }

  @Test
  void saysThatThePortIsInUseAndLeavesNothingRunning() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Set<Thread> before = Thread.getAllStackTraces().keySet();
      String port = String.valueOf(other.getLocalPort());

      assertThatThrownBy(() -> EventServer.start(settings(Map.of("EVENTSTREAM_PORT", port))))
          .isInstanceOf(IOException.class)
          .hasMessageMatching(
              "cannot listen on 127\\.0\\.0\\.1:"
                  + port
                  + " \\(.*in use.*\\); set EVENTSTREAM_HOST and EVENTSTREAM_PORT to a free"
                  + " port of an address of this machine");

      assertThat(newEventstreamThreads(before)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"EVENTSTREAM_HOST", "EVENTSTREAM_ADMIN_HOST"})
  void saysThatAHostIsUnknown(String setting) {
    assertThatThrownBy(() -> EventServer.start(settings(Map.of(setting, "no-such-host.invalid"))))
        .isInstanceOf(IOException.class)
        .hasMessage(
            setting
                + " is \"no-such-host.invalid\": this name has no address; write an"
                + " address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them");
  }

  @Test
  void saysThatAnAddressIsNotOneOfThisMachine() {
    assertThatThrownBy(() -> EventServer.start(settings(Map.of("EVENTSTREAM_HOST", "192.0.2.1"))))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("192.0.2.1", "EVENTSTREAM_HOST", "an address of this machine")
        .hasMessageNotContaining("null");
  }

  @Test
  void givesThePortBack() throws Exception {
    EventServer server = EventServer.start(settings(Map.of()));
    int port = server.port();

    server.close();

    assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
        .isInstanceOf(IOException.class);
  }

  @Test
  void leavesNoThreadBehind(@TempDir Path ids) throws Exception {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    Map<String, String> environment = Map.of("EVENTSTREAM_ID_DIR", ids.toString());
    EventServer server = EventServer.start(settings(environment));
    get(server, "/readyz");

    server.close();

    assertThat(newEventstreamThreads(before)).isEmpty();
  }

  private static Set<String> newEventstreamThreads(Set<Thread> before) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !before.contains(thread))
        .map(Thread::getName)
        .filter(name -> name.startsWith("eventstream"))
        .collect(Collectors.toSet());
  }

  /** With a cluster that is not there, on a free port, unless said otherwise. */
  private ServerSettings settings(Map<String, String> environment) throws Exception {
    Map<String, String> all = new HashMap<>();
    all.put("ELASTICSEARCH_URL", "http://127.0.0.1:1");
    all.put("EVENTSTREAM_HOST", "127.0.0.1");
    all.put("EVENTSTREAM_PORT", "0");
    all.put("EVENTSTREAM_ADMIN_PORT", "0");
    all.put("EVENTSTREAM_SPOOL_DIR", spool.toString());
    all.putAll(environment);
    return ServerSettings.fromEnvironment(all);
  }

  private HttpResponse<String> get(EventServer server, String path) throws Exception {
    return get(URI.create(server.url() + path));
  }

  private HttpResponse<String> get(URI url) throws Exception {
    return client.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(EventServer server, String type, String value)
      throws Exception {
    return post(server, "{\"eventType\":\"" + type + "\",\"eventValue\":\"" + value + "\"}");
  }

  private HttpResponse<String> post(EventServer server, String event) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(server.url() + "/"))
            .POST(BodyPublishers.ofString(event))
            .build(),
        BodyHandlers.ofString());
  }
}

package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The requests of the client; {@link RealEngineIT} tests it with real engines. */
class EngineClientTest {

  private final Map<String, EngineClient.Response> answers = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private EngineClient client;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    client =
        new EngineClient(URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/"));
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String type = String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type"));
    requests.add(line + "|" + type + "|" + body);
    EngineClient.Response response =
        answers.getOrDefault(line, new EngineClient.Response(400, "no handler"));
    byte[] content = response.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(response.status(), content.length == 0 ? -1 : content.length);
    exchange.getResponseBody().write(content);
    exchange.close();
  }

  private void given(String request, int status, String body) {
    answers.put(request, new EngineClient.Response(status, body));
  }

  @Test
  void endsBulkBodiesWithALineFeed() {
    client.request("POST", "/events/_bulk?refresh=true", "{}\n{}");
    client.request("POST", "_bulk", "{}\n");
    client.request("PUT", "events/_doc/1", "{}");

    assertThat(requests)
        .containsExactly(
            "POST /events/_bulk?refresh=true|application/x-ndjson|{}\n{}\n",
            "POST /_bulk|application/x-ndjson|{}\n",
            "PUT /events/_doc/1|application/json|{}");
  }

  @Test
  void returnsErrorsAndThrowsThemOnRequest() {
    given("GET /x", 503, "busy");
    EngineClient.Response response = client.request("GET", "/x");

    assertThat(response.ok()).isFalse();
    assertThatThrownBy(response::orThrow)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("The engine answered 503: busy");
  }

  @Test
  void refreshesBeforeItCounts() {
    given("POST /events-*,other/_refresh", 200, "{}");
    given("GET /events-*,other/_count", 200, "{\"count\" : 12, \"_shards\": {}}");

    assertThat(client.count("events-*,other")).isEqualTo(12);
  }

  @Test
  void countsZeroInAMissingIndex() {
    given("POST /events/_refresh", 404, "{}");

    assertThat(client.count("events")).isZero();
  }

  @Test
  void readsASourceWithATypeIfTheEngineHasTypes() {
    given("GET /events/_doc/a%2Fb%20c/_source", 200, "{\"a\": 1}");

    assertThat(client.source("events", "a/b c")).contains("{\"a\": 1}");
  }

  @Test
  void readsASourceWithoutATypeIfTheEngineHasNone() {
    given("GET /events/_source/1", 200, "{}");
    given("GET /events/_source/2", 404, "{}");

    assertThat(client.source("events", "1")).contains("{}");
    assertThat(client.source("events", "2")).isEmpty();
  }

  @Test
  void derivesHealthFromTheAnswer() {
    String health = "GET /_cluster/health?wait_for_status=yellow&timeout=1s";
    given(health, 200, "{\"status\":\"yellow\",\"timed_out\":false}");
    assertThat(client.healthy()).isTrue();
    given(health, 408, "{\"status\":\"red\",\"timed_out\":true}");
    assertThat(client.healthy()).isFalse();
  }

  @Test
  void reportsTheRequestThatCouldNotConnect() {
    server.stop(0);

    assertThat(client.healthy()).isFalse();
    assertThatThrownBy(() -> client.request("GET", "/x"))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageStartingWith("GET http://127.0.0.1:")
        .hasMessageEndingWith("/x: cannot connect");
  }
}

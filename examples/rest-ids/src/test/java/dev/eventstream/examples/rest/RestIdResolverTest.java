package dev.eventstream.examples.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the resolver with a real HTTP server. */
class RestIdResolverTest {
  private static final Duration NEVER = Duration.ofDays(1); // the tests poll themselves

  @TempDir Path directory;
  private Path copy;
  private HttpServer service;
  private volatile int status = 200;
  private volatile String answer = "{\"pageview\":{\"homepage\":\"h\",\"\u00e9\":\"\u20ac\"}}";
  private final List<Integer> statuses = new ArrayList<>(); // of the service's one thread

  @BeforeEach
  void startService() throws IOException {
    copy = directory.resolve("ids.json");
    start(0);
  }

  private void start(int port) throws IOException {
    service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    service.createContext("/event-ids", this::answer);
    service.start();
  }

  @AfterEach
  void stopService() {
    service.stop(0);
  }

  private void answer(HttpExchange request) throws IOException {
    byte[] body = answer.getBytes(UTF_8);
    String etag = "\"" + answer.hashCode() + "\"";
    boolean isKnown = etag.equals(request.getRequestHeaders().getFirst("If-None-Match"));
    int code = status == 200 && isKnown ? 304 : status;
    statuses.add(code);
    request.getResponseHeaders().set("ETag", etag);
    request.sendResponseHeaders(code, code == 304 ? -1 : body.length);
    if (code != 304) {
      request.getResponseBody().write(body);
    }
    request.close();
  }

  private RestIdResolver open() throws Exception {
    URI url =
        new URI(
            "http", null, "127.0.0.1", service.getAddress().getPort(), "/event-ids", null, null);
    return RestIdResolver.open(url, copy, NEVER);
  }

  @Test
  void findsTheIdsOfTheService() throws Exception {
    try (RestIdResolver ids = open()) {
      assertThat(ids.resolve("pageview", "homepage")).isEqualTo("h");
      assertThat(ids.resolve("pageview", "other")).isNull();
      assertThat(ids.resolve("other", "homepage")).isNull();
      byte[] bytes = ".pageview.\u00e9.".getBytes(UTF_8);
      assertThat(ids.resolve(bytes, 1, 9, 10, 12)).isEqualTo("\u20ac");
    }
  }

  @Test
  void eventsGetTheIdsOfTheService() throws Exception {
    try (EventStream stream =
        EventStream.builder()
            .sink(directory.resolve("events").toUri().toString())
            .idResolver(open())
            .build()) {
      assertThat(stream.publish(Event.of("pageview", "homepage")).join())
          .isInstanceOfSatisfying(
              Outcome.Indexed.class, event -> assertThat(event.eventId()).isEqualTo("h"));
    }
  }

  @Test
  void aChangeIsSeenWhenTheIdsAreReadAgain() throws Exception {
    try (RestIdResolver ids = open()) {
      answer = "{\"pageview\":{\"homepage\":\"H\"}}";
      ids.poll();
      assertThat(ids.resolve("pageview", "homepage")).isEqualTo("H");
      assertThat(ids.resolve("pageview", "\u00e9")).isNull();
    }
  }

  @Test
  void idsThatHaveNotChangedAreNotSentAgain() throws Exception {
    try (RestIdResolver ids = open()) {
      ids.poll();
      assertThat(ids.resolve("pageview", "homepage")).isEqualTo("h");
    }
    assertThat(statuses).containsExactly(200, 304);
  }

  @Test
  void theIdsAreReadAgainAtTheInterval() throws Exception {
    URI url = URI.create("http://127.0.0.1:" + service.getAddress().getPort() + "/event-ids");
    try (RestIdResolver ids = RestIdResolver.open(url, copy, Duration.ofMillis(5))) {
      answer = "{\"pageview\":{\"homepage\":\"H\"}}";
      await().until(() -> "H".equals(ids.resolve("pageview", "homepage")));
    }
  }

  @Test
  void theLastGoodIdsStayInUseWhileTheServiceIsAway() throws Exception {
    int port = service.getAddress().getPort();
    try (RestIdResolver ids = open()) {
      service.stop(0);
      ids.poll();
      assertThat(ids.resolve("pageview", "homepage")).isEqualTo("h");

      answer = "{\"pageview\":{\"homepage\":\"H\"}}";
      start(port);
      ids.poll();
      assertThat(ids.resolve("pageview", "homepage")).isEqualTo("H");
    }
  }

  @Test
  void theLastGoodIdsStayInUseWhenAnAnswerIsNotUsable() throws Exception {
    try (RestIdResolver ids = open()) {
      status = 500;
      ids.poll();
      status = 200;
      for (String broken : List.of("", "<html>", "[]", "{\"pageview\":{\"homepage\":{}}}")) {
        answer = broken;
        ids.poll();
        assertThat(ids.resolve("pageview", "homepage")).as(broken).isEqualTo("h");
      }
    }
    assertThat(copy).content().contains("\"homepage\":\"h\"");
  }

  @Test
  void startsWithTheIdsOfTheLastRunWhileTheServiceIsAway() throws Exception {
    open().close();
    service.stop(0);

    try (RestIdResolver ids = open()) {
      assertThat(ids.resolve("pageview", "homepage")).isEqualTo("h");
    }
  }

  @Test
  void doesNotStartWithoutIds() {
    service.stop(0);

    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("/event-ids", copy.toString());
  }
}

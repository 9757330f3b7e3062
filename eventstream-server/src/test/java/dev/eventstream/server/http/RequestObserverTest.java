package dev.eventstream.server.http;

import static dev.eventstream.server.fixture.TestServer.HOMEPAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.server.fixture.TestServer.Observed;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Notifications of completed requests. */
class RequestObserverTest {
  @AutoClose private TestServer server = TestServer.start();

  private Observed next() {
    await().until(() -> !server.observed.isEmpty());
    return server.observed.remove();
  }

  @Test
  void tellsEndpointStatusAndHowMuchOfTheBodyCame() throws Exception {
    server.post("/v1/events", HOMEPAGE);
    assertThat(next()).isEqualTo(new Observed("POST /v1/events", 200, HOMEPAGE.length(), null));
    server.post("/", HOMEPAGE);
    assertThat(next()).isEqualTo(new Observed("POST /", 200, HOMEPAGE.length(), null));
    server.get("/");
    assertThat(next()).isEqualTo(new Observed("GET /", 200, 0, null));
    server.get("/readyz");
    assertThat(next()).isEqualTo(new Observed("GET /readyz", 200, 0, null));

    assertThat(server.observed).isEmpty();
  }

  @Test
  void whateverElseIsAskedForIsOneEndpoint() throws Exception {
    server.get("/wp-admin/" + System.nanoTime());
    assertThat(next()).isEqualTo(new Observed("other", 404, 0, null));
    RawClient.exchange(server.port(), "BREW", "/v1/events", "", "");
    assertThat(next()).isEqualTo(new Observed("other", 405, 0, null));
  }

  @Test
  void tellsThatARequestWasMalformed() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: x\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(400);
    }

    Observed told = next();
    assertThat(told.status()).isEqualTo(400);
    assertThat(told.error()).isEqualTo(RequestError.BAD_REQUEST);
    assertThat(server.observed).isEmpty();
  }

  @Test
  void tellsThatTheTypeIsNotRead() throws Exception {
    server.post("/v1/events", "image/png", HOMEPAGE);

    Observed told = next();
    assertThat(told.status()).isEqualTo(415);
    assertThat(told.error()).isEqualTo(RequestError.UNSUPPORTED_TYPE);
  }

  @Test
  void tellsThatTheBodyIsTooLarge() throws Exception {
    server.post("/v1/events", " ".repeat(HttpLimits.BODY_BYTES + 1));

    Observed told = next();
    assertThat(told.endpoint()).isEqualTo("POST /v1/events");
    assertThat(told.status()).isEqualTo(413);
    assertThat(told.error()).isEqualTo(RequestError.BODY_TOO_LARGE);
  }

  @Test
  void tellsThatThereAreTooManyEvents() throws Exception {
    server.post("/v1/events", "[" + "{},".repeat(HttpLimits.EVENTS) + "{}]");

    Observed told = next();
    assertThat(told.status()).isEqualTo(413);
    assertThat(told.error()).isEqualTo(RequestError.TOO_MANY_EVENTS);
  }

  @Test
  void tellsThatTheBodyCameTooSlowly() throws Exception {
    server.close();
    HttpLimits usual = TestServer.limits();
    server =
        TestServer.start(
            usual.withTimes(Duration.ofMillis(200), Duration.ZERO, usual.stopTimeout()));
    try (RawClient client = server.connect()) {
      client.send(RawClient.head("POST", "/v1/events", "Content-Length: 1000\r\n") + "[");
      assertThat(client.read().status()).isEqualTo(408);
    }

    Observed told = next();
    assertThat(told.status()).isEqualTo(408);
    assertThat(told.error()).isEqualTo(RequestError.SLOW_BODY);
  }

  @Test
  void tellsThatThereIsNoMemoryForMore() throws Exception {
    server.close();
    HttpLimits usual = TestServer.limits();
    server = TestServer.start(usual.withRoom(usual.connections(), 2_000));
    try (RawClient first = server.connect()) {
      first.send(RawClient.head("POST", "/v1/events", "Content-Length: 1500\r\n") + "[");
      await().until(() -> server.post("/v1/events", HOMEPAGE + " ".repeat(1_000)).status() == 503);
    }

    await()
        .until(
            () ->
                server.observed.stream()
                    .anyMatch(
                        told -> told.error() == RequestError.NO_MEMORY && told.status() == 503));
  }

  @Test
  void tellsOfAClientThatWasGoneBeforeItsAnswer() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(RawClient.head("POST", "/v1/events", "Content-Length: 100\r\n") + "[{");
      await().until(() -> server.connections() == 1);
      client.reset();
    }

    Observed told = next();
    assertThat(told.endpoint()).isEqualTo("POST /v1/events");
    assertThat(told.error()).isNotEqualTo(RequestError.SLOW_BODY);
  }

  @Test
  void countsOpenConnections() throws Exception {
    try (RawClient one = server.connect();
        RawClient two = server.connect()) {
      await().until(() -> server.connections() == 2);
      one.send(RawClient.post("/v1/events", HOMEPAGE)).read();
      two.send(RawClient.post("/v1/events", HOMEPAGE)).read();
      assertThat(server.connections()).isEqualTo(2);
    }

    await().until(() -> server.connections() == 0);
  }
}

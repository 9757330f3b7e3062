package dev.eventstream.server.http;

import static dev.eventstream.server.fixture.TestServer.CLICK;
import static dev.eventstream.server.fixture.TestServer.HOMEPAGE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A thousand clients that take their time, and others that do not. */
class CrowdTest {
  private static final int CROWD = 1_000;
  private static final HttpLimits USUAL = HttpLimits.ofThisProcess();
  private static final Duration SHORT = Duration.ofMillis(200);

  private final List<RawClient> crowd = new ArrayList<>();

  @AfterEach
  void disperse() throws IOException {
    for (RawClient client : crowd) {
      client.close();
    }
  }

  /** Opens connections that stand in the middle of something: heads, bodies, chunks, nothing. */
  private void gather(TestServer server) throws IOException {
    List<String> begun =
        List.of(
            "",
            "POST /v1/eve",
            "POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
            RawClient.head("POST", "/", "Content-Length: 1000\r\n") + "[",
            RawClient.head("POST", "/v1/events", "Content-Length: 1000000\r\n") + HOMEPAGE,
            RawClient.head("POST", "/v1/events", "Transfer-Encoding: chunked\r\n") + "ffff\r\n[",
            RawClient.head("POST", "/nowhere", "Content-Length: 1000\r\n"));
    for (int i = 0; i < CROWD; i++) {
      RawClient client = server.connect();
      crowd.add(client);
      client.send(begun.get(i % begun.size()));
    }
  }

  @Test
  void answersEverybodyElseWhileAThousandClientsTakeTheirTime() throws Exception {
    try (TestServer server = TestServer.start()) {
      gather(server);
      await().until(() -> server.connections() >= CROWD);

      try (RawClient regular = server.connect()) {
        for (int i = 0; i < 200; i++) {
          assertThat(regular.send(RawClient.post("/v1/events", HOMEPAGE)).read().status())
              .isEqualTo(200);
          assertThat(server.post("/", CLICK).status()).isEqualTo(200);
        }
      }

      assertThat(server.connections()).isGreaterThanOrEqualTo(CROWD);
      assertThat(server.sink.written()).hasSize(400);
    }
  }

  @Test
  void endsTheConnectionsOfThoseWhoTakeTooLong() throws Exception {
    HttpLimits impatient = USUAL.withTimes(SHORT, Duration.ZERO, USUAL.stopTimeout());
    try (TestServer server = TestServer.start(impatient)) {
      gather(server);

      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> takingBytes(crowd) == 0 && server.connections() == 0);

      assertThat(server.post("/", HOMEPAGE).status()).isEqualTo(200);
      assertThat(server.sink.written()).hasSize(1);
    }
  }

  /** Sends one more byte over each; the number of connections on which this succeeds. */
  private static int takingBytes(List<RawClient> clients) {
    int taking = 0;
    for (RawClient client : clients) {
      try {
        client.send("a");
        taking++;
      } catch (IOException e) {
        // its connection has ended
      }
    }
    return taking;
  }

  @Test
  void endsAConnectionWhoseRequestHasNoEndOfItsHead() throws Exception {
    try (TestServer server = TestServer.start(TestServer.withIdleTimeout(SHORT));
        RawClient once = server.connect();
        RawClient never = server.connect()) {
      assertThat(once.send(RawClient.post("/", HOMEPAGE)).read().status()).isEqualTo(200);
      once.send("POST / HTTP/1.1\r\nX: ");
      never.send("POST / HTTP/1.1\r\nX: ");

      await()
          .pollInterval(Duration.ofMillis(20)) // far more often than a silent one is ended
          .until(() -> takingBytes(List.of(once, never)) == 0);
    }
  }

  @Test
  void doesNotEndAConnectionThatIsInUse() throws Exception {
    Duration idle = Duration.ofSeconds(1); // a busy machine may pause the client for a while
    try (TestServer server = TestServer.start(TestServer.withIdleTimeout(idle));
        RawClient busy = server.connect();
        RawClient waiting = server.connect()) {
      server.sink.hold();
      waiting.send(RawClient.post("/", CLICK));
      await().until(() -> server.sink.held() == 1);
      long began = System.nanoTime();

      await()
          .pollInterval(Duration.ofMillis(20))
          .until(
              () -> {
                assertThat(busy.send(RawClient.head("GET", "/livez", "")).read().status())
                    .isEqualTo(200);
                return System.nanoTime() - began > 2 * idle.toNanos();
              });

      server.sink.release();
      assertThat(waiting.read().status()).isEqualTo(200);
    }
  }

  @Test
  void givesBackTheMemoryOfAnAnswerThatIsNotRead() throws Exception {
    HttpLimits impatient =
        USUAL
            .withRoom(USUAL.connections(), 180_000)
            .withTimes(Duration.ofMinutes(5), SHORT, USUAL.stopTimeout());
    String broken = "[" + "1,".repeat(999) + "1]"; // its answer is more than 64 KiB
    try (TestServer server = TestServer.start(impatient);
        Socket slow = new Socket()) {
      slow.setReceiveBufferSize(1024);
      slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
      slow.setSoTimeout(20_000);
      // More answers than the system keeps: one stands in the server.
      String requests = RawClient.post("/v1/events", broken).repeat(100);
      slow.getOutputStream().write(requests.getBytes(UTF_8));

      // It would read on, but is not waited for.
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> server.post("/v1/events", broken).status() == 400);
      assertThat(server.connections()).isLessThanOrEqualTo(1); // that of the last request
    }
  }
}

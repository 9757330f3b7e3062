package dev.eventstream.server.http;

import static dev.eventstream.server.fixture.TestServer.HOMEPAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.server.fixture.TestServer;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Slow clients, and many clients. */
class LimitsTest {
  private static final HttpLimits USUAL = HttpLimits.ofThisProcess();
  private static final Duration SHORT = Duration.ofMillis(200);

  @Test
  void answers408ToABodyThatDoesNotCome() throws Exception {
    try (TestServer server = TestServer.start(TestServer.withIdleTimeout(SHORT));
        RawClient client = server.connect()) {
      client.send(RawClient.head("POST", "/", "Content-Length: 100\r\n") + HOMEPAGE);

      Reply reply = client.read();

      assertThat(reply.status()).isEqualTo(408);
      assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(reply.header("Connection")).isEqualTo("close");
      assertThat(client.isEnded()).isTrue();
      assertThat(server.sink.written()).isEmpty();
    }
  }

  @Test
  void answers408ToABodyThatTrickles() throws Exception {
    HttpLimits impatient = limits(USUAL.connections(), USUAL.memoryBytes(), Duration.ZERO);
    try (TestServer server = TestServer.start(impatient);
        RawClient client = server.connect()) {
      client.send(RawClient.head("POST", "/", "Content-Length: 100\r\n") + " ");
      long sent = System.nanoTime();
      await().until(() -> System.nanoTime() - sent > SHORT.toNanos());
      client.send(" ");

      assertThat(client.read().status()).isEqualTo(408);
      assertThat(client.isEnded()).isTrue();
    }
  }

  @Test
  void endsAConnectionThatIsSilentBetweenOrWithinRequests() throws Exception {
    try (TestServer server = TestServer.start(TestServer.withIdleTimeout(SHORT));
        RawClient silent = server.connect();
        RawClient half = server.connect();
        RawClient done = server.connect()) {
      half.send("POST / HTTP/1.1\r\nHo");
      assertThat(done.send(RawClient.post("/", HOMEPAGE)).read().status()).isEqualTo(200);

      assertThat(silent.isEnded()).isTrue();
      assertThat(half.isEnded()).isTrue();
      assertThat(done.isEnded()).isTrue();
    }
  }

  @Test
  void waitsForAnAnswerLongerThanAConnectionMayBeSilent() throws Exception {
    try (TestServer server = TestServer.start(TestServer.withIdleTimeout(SHORT));
        RawClient client = server.connect()) {
      server.sink.hold();
      client.send(RawClient.post("/", HOMEPAGE));
      await().until(() -> server.sink.held() == 1);
      long held = System.nanoTime();
      await().until(() -> System.nanoTime() - held > 4.5 * SHORT.toNanos());

      server.sink.release();

      assertThat(client.read().json().get("result").asText()).isEqualTo("created");
      assertThat(client.send(RawClient.post("/", HOMEPAGE)).read().status()).isEqualTo(200);
    }
  }

  @Test
  void answers503WhenOtherRequestsHaveTheMemory() throws Exception {
    HttpLimits narrow = limits(USUAL.connections(), 200_000, USUAL.bodyGrace());
    try (TestServer server = TestServer.start(narrow);
        RawClient slow = server.connect()) {
      slow.send(RawClient.head("POST", "/", "Content-Length: 190000\r\n"));
      slow.send(HOMEPAGE + " ".repeat(150_000));
      await().until(() -> server.requestMemory() >= 150_000);

      Reply reply = server.post("/v1/events", HOMEPAGE + " ".repeat(100_000));

      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.header("Retry-After")).isEqualTo("1");
      assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(reply.json().get("detail").asText()).contains("send the events again");
      assertThat(server.sink.written()).isEmpty();

      slow.send(" ".repeat(40_000 - HOMEPAGE.length()));
      assertThat(slow.read().status()).isEqualTo(200);
      await().until(() -> server.post("/", HOMEPAGE + " ".repeat(100_000)).status() == 200);
    }
  }

  @Test
  void takesSmallRequestsAlsoWhenLargeOnesComeSlowly() throws Exception {
    HttpLimits narrow = limits(USUAL.connections(), 400_000, USUAL.bodyGrace());
    try (TestServer server = TestServer.start(narrow);
        RawClient slow = server.connect()) {
      slow.send(RawClient.head("POST", "/", "Content-Length: 190000\r\n"));
      slow.send(HOMEPAGE + " ".repeat(150_000));
      await().until(() -> server.requestMemory() >= 150_000);
      assertThat(server.post("/", HOMEPAGE + " ".repeat(100_000)).status()).isEqualTo(503);

      assertThat(server.post("/", HOMEPAGE).status()).isEqualTo(200);
    }
  }

  @Test
  void keepsRoomForTheAnswersToTheEventsOfALargeBodyNotToAsManyAsItsLengthAllows()
      throws Exception {
    HttpLimits narrow = limits(USUAL.connections(), 800_000, USUAL.bodyGrace());
    String large = HOMEPAGE.replace("}", ",\"text\":\"" + "x".repeat(250_000) + "\"}");
    try (TestServer server = TestServer.start(narrow);
        RawClient other = server.connect()) {
      server.sink.hold();
      other.send(RawClient.post("/", HOMEPAGE));
      await().until(() -> server.sink.held() == 1);
      server.sink.behave(server.sink::accept);

      assertThat(server.post("/", large).status()).isEqualTo(200);

      server.sink.release();
      assertThat(other.read().status()).isEqualTo(200);
    }
  }

  @Test
  void givesBackTheMemoryWhenARequestIsTurnedAwayNotWhenItsClientHasSentItAll() throws Exception {
    HttpLimits narrow = limits(USUAL.connections(), 400_000, USUAL.bodyGrace());
    String half = HOMEPAGE + " ".repeat(150_000);
    try (TestServer server = TestServer.start(narrow);
        RawClient first = server.connect();
        RawClient second = server.connect()) {
      String head = RawClient.head("POST", "/", "Content-Length: 300000\r\n");
      first.send(head + half);
      await().until(() -> server.requestMemory() >= half.length());
      assertThat(second.send(head + half).read().status()).isEqualTo(503);
      first.send(" ".repeat(300_000 - half.length()));
      assertThat(first.read().status()).isEqualTo(200);

      // The second one still sends a body that is drained.
      await().until(() -> server.requestMemory() == 0);
      assertThat(server.post("/", HOMEPAGE + " ".repeat(290_000)).status()).isEqualTo(200);

      await().until(() -> server.requestMemory() == 0);
      second.send(" ".repeat(300_000 - half.length()) + RawClient.post("/", HOMEPAGE));
      assertThat(second.read().status()).isEqualTo(200);
    }
  }

  @Test
  void givesBackTheMemoryOfEveryRequestHoweverItEnds() throws Exception {
    HttpLimits narrow = limits(USUAL.connections(), 100_000, USUAL.bodyGrace());
    String body = HOMEPAGE + " ".repeat(50_000);
    try (TestServer server = TestServer.start(narrow)) {
      for (int i = 0; i < 10; i++) {
        awaitStatus(200, server, body);
        awaitStatus(400, server, " ".repeat(50_000));
        awaitStatus(413, server, "[" + "1,".repeat(10_001) + "1]");
        RawClient aborted = server.connect();
        aborted.send(RawClient.head("POST", "/", "Content-Length: 90000\r\n") + body);
        aborted.reset();
        RawClient gone = server.connect();
        gone.send(RawClient.post("/", body));
        gone.reset();
      }

      awaitStatus(200, server, HOMEPAGE + " ".repeat(90_000));
    }
  }

  /**
   * The answer can be 503 until earlier requests are complete, which is not visible from outside.
   */
  private static void awaitStatus(int status, TestServer server, String body) {
    await().until(() -> server.post("/", body).status() == status);
  }

  @Test
  void makesRoomForNewConnectionsWhenThereAreTooMany() throws Exception {
    try (TestServer server = TestServer.start(limits(20, USUAL.memoryBytes(), USUAL.bodyGrace()))) {
      List<RawClient> idle = new ArrayList<>();
      try {
        for (int i = 0; i < 40; i++) {
          idle.add(server.connect());
        }

        assertThat(server.post("/", HOMEPAGE).status()).isEqualTo(200);
      } finally {
        for (RawClient client : idle) {
          client.close();
        }
      }
    }
  }

  @Test
  void allowsTenThousandConnectionsOnASmallHeap() {
    assertThat(HttpLimits.of(128L << 20, 20_000).connections()).isGreaterThan(10_000);
    assertThat(HttpLimits.of(64L << 20, 20_000).connections()).isLessThan(10_000);
  }

  @Test
  void leavesOpenFilesToTheSpoolAndTheCluster() {
    assertThat(HttpLimits.of(1L << 30, 1024).connections()).isEqualTo(768);
    assertThat(HttpLimits.of(1L << 30, 100).connections()).isEqualTo(50);
    assertThat(HttpLimits.of(1L << 30, Long.MAX_VALUE).connections()).isEqualTo(12_000);
  }

  @Test
  void keepsLittleInMemoryForASilentConnection() throws Exception {
    int connections = 300;
    String headers =
        "User-Agent: Mozilla/5.0\r\nContent-Type: application/json\r\nContent-Length: "
            + HOMEPAGE.length()
            + "\r\n";
    String request = RawClient.head("POST", "/", headers) + HOMEPAGE;
    List<RawClient> silent = new ArrayList<>();
    try (TestServer server = TestServer.start()) {
      server.post("/", HOMEPAGE); // what is kept for all of them
      long before = usedHeap();
      try {
        for (int i = 0; i < connections; i++) {
          RawClient client = server.connect();
          silent.add(client);
          for (int times = 0; times < 3; times++) { // some is kept from the second one on
            assertThat(client.send(request).read().status()).isEqualTo(200);
          }
        }

        // The clients' memory counts, too.
        assertThat((usedHeap() - before) / connections).isLessThan(24 * 1024);
      } finally {
        for (RawClient client : silent) {
          client.close();
        }
      }
    }
  }

  private static long usedHeap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @Test
  void letsConnectionsThatComeAllAtOnceWaitToBeAccepted() throws Exception {
    List<Socket> waiting = new ArrayList<>();
    try (TestServer server = TestServer.start(limits(1, USUAL.memoryBytes(), USUAL.bodyGrace()))) {
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
      try {
        for (int i = 0; i < 100; i++) {
          Socket socket = new Socket();
          waiting.add(socket);
          socket.connect(address, 500); // one that is turned away tries again after a second
        }
      } finally {
        for (Socket socket : waiting) {
          socket.close();
        }
      }
    }
  }

  @Test
  void doesNotEndARequestThatWaitsForItsAnswerWhenThereAreTooManyConnections() throws Exception {
    try (TestServer server = TestServer.start(limits(3, USUAL.memoryBytes(), USUAL.bodyGrace()))) {
      server.sink.hold();
      try (RawClient waiting = server.connect();
          RawClient idle = server.connect();
          RawClient another = server.connect();
          RawClient last = server.connect()) {
        waiting.send(RawClient.post("/", HOMEPAGE));
        await().until(() -> server.sink.held() == 1);
        assertThat(idle.isEnded() && another.isEnded()).isTrue();
        assertThat(last.send(RawClient.head("GET", "/livez", "")).read().status()).isEqualTo(200);

        server.sink.release();

        assertThat(waiting.read().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void bearsWithAClientThatDoesNotReadItsAnswers() throws Exception {
    try (TestServer server = TestServer.start(TestServer.withIdleTimeout(SHORT));
        RawClient deaf = server.connect()) {
      String many = RawClient.post("/v1/events", "[" + "1,".repeat(9_999) + "1]");
      try {
        for (int i = 0; i < 30; i++) {
          deaf.send(many);
        }
      } catch (SocketException e) {
        // the server has given up
      }

      assertThat(server.post("/", HOMEPAGE).status()).isEqualTo(200);
      assertThat(deaf.endsAfter(30 * 2_000_000L)).isTrue();
    }
  }

  private static HttpLimits limits(int connections, long memoryBytes, Duration bodyGrace) {
    return USUAL
        .withRoom(connections, memoryBytes)
        .withTimes(USUAL.idleTimeout(), bodyGrace, USUAL.stopTimeout());
  }
}

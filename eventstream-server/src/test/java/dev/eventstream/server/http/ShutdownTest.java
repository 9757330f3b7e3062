package dev.eventstream.server.http;

import static dev.eventstream.server.fixture.TestServer.CLICK;
import static dev.eventstream.server.fixture.TestServer.HOMEPAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.server.fixture.TestServer;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ShutdownTest {
  private Set<Thread> before;
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    before = Thread.getAllStackTraces().keySet();
    HttpLimits usual = HttpLimits.ofThisProcess();
    server =
        TestServer.start(
            usual.withTimes(usual.idleTimeout(), usual.bodyGrace(), Duration.ofSeconds(5)));
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  @Test
  void answersTheRequestsThatRun() throws Exception {
    server.sink.hold();
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      clients.add(server.connect().send(RawClient.post("/", "[" + HOMEPAGE + "," + CLICK + "]")));
    }
    await().until(() -> server.sink.held() == 40);

    CompletableFuture<Void> closing = closeInBackground();
    awaitNoListener();
    server.sink.release();

    for (RawClient client : clients) {
      Reply reply = client.read();
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.json()).hasSize(2);
      assertThat(client.isEnded()).isTrue();
      client.close();
    }
    assertThat(closing).succeedsWithin(Duration.ofSeconds(5));
    assertThat(server.sink.written()).hasSize(40);
  }

  @Test
  void waitsLongerForAnAnswerThanForSilentClients() throws Exception {
    server.sink.hold();
    try (RawClient client = server.connect();
        RawClient silent = server.connect()) {
      client.send(RawClient.post("/v1/events", HOMEPAGE));
      await().until(() -> server.sink.held() == 1);
      CompletableFuture<Void> closing = closeInBackground();
      assertThat(silent.isEnded()).isTrue(); // after a second of silence
      long ended = System.nanoTime();
      await().until(() -> System.nanoTime() - ended > Duration.ofSeconds(1).toNanos());
      assertThat(closing).isNotDone();

      server.sink.release();

      assertThat(client.read().json().at("/results/0/outcome").asText()).isEqualTo("indexed");
      assertThat(closing).succeedsWithin(Duration.ofSeconds(5));
    }
  }

  @Test
  void refusesNewConnections() throws Exception {
    server.sink.hold();
    try (RawClient client = server.connect()) {
      client.send(RawClient.post("/", HOMEPAGE));
      await().until(() -> server.sink.held() == 1);
      CompletableFuture<Void> closing = closeInBackground();
      awaitNoListener();

      assertThatThrownBy(() -> server.connect()).isInstanceOf(ConnectException.class);

      server.sink.release();
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(closing).succeedsWithin(Duration.ofSeconds(5));
    }
  }

  @Test
  void refusesFurtherRequestsOnOpenConnections() throws Exception {
    server.sink.hold();
    try (RawClient waiting = server.connect();
        RawClient further = server.connect()) {
      waiting.send(RawClient.post("/", HOMEPAGE));
      assertThat(further.send(RawClient.head("GET", "/readyz", "")).read().status()).isEqualTo(200);
      await().until(() -> server.sink.held() == 1);
      CompletableFuture<Void> closing = closeInBackground();
      awaitNoListener();

      Reply refused = further.send(RawClient.post("/v1/events", CLICK)).read();

      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("Retry-After")).isEqualTo("5");
      assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
      server.sink.release();
      assertThat(waiting.read().status()).isEqualTo(200);
      assertThat(closing).succeedsWithin(Duration.ofSeconds(5));
    }
    assertThat(server.sink.written()).hasSize(1);
  }

  @Test
  void doesNotWaitForeverForClientsThatDoNotComeToAnEnd() throws Exception {
    CompletableFuture<Void> closing;
    try (RawClient slow = server.connect()) {
      String headers = "Expect: 100-continue\r\nContent-Length: 1000000\r\n";
      assertThat(slow.send(RawClient.head("POST", "/", headers)).read().status()).isEqualTo(100);
      closing = closeInBackground();

      while (!closing.isDone()) {
        try {
          slow.send(" ");
        } catch (IOException e) {
          break; // disconnected
        }
      }
    }
    assertThat(closing).succeedsWithin(Duration.ofSeconds(10));
    assertThat(server.sink.written()).isEmpty();
  }

  @Test
  void leavesNoThreadBehind() throws Exception {
    server.post("/", HOMEPAGE);
    try (RawClient idle = server.connect()) {
      idle.send(RawClient.head("GET", "/livez", "")).read(); // or it may not be accepted yet
      server.closeHttp();
      server.close();

      assertThat(idle.isEnded()).isTrue();
    }
    assertThat(server.sink.isClosed()).isTrue();
    assertThat(
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .map(Thread::getName)
                .filter(name -> !name.startsWith("ForkJoinPool.commonPool"))
                .filter(name -> !name.startsWith("CompletableFutureDelayScheduler"))
                .collect(Collectors.toSet()))
        .isEmpty();
  }

  @Test
  void mayBeClosedTwice() throws Exception {
    server.closeHttp();
    server.closeHttp();
  }

  private CompletableFuture<Void> closeInBackground() {
    return CompletableFuture.runAsync(
        () -> {
          try {
            server.closeHttp();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private void awaitNoListener() {
    await()
        .until(
            () -> {
              try {
                server.connect().close();
                return false;
              } catch (ConnectException e) {
                return true;
              }
            });
  }
}

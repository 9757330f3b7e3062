package dev.eventstream.server.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.server.fixture.TestServer;
import java.net.ConnectException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class HealthTest {
  @AutoClose private final TestServer server = TestServer.start();

  @Test
  void livesWhateverBecameOfTheCluster() throws Exception {
    server.sink.checks(CompletableFuture.failedFuture(new ConnectException("refused")));

    Reply reply = server.get("/livez");

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).isEqualTo("alive\n");
    assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
  }

  @Test
  void isReadyWhileTheClusterAnswers() throws Exception {
    Reply reply = server.get("/readyz");

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).isEqualTo("ready\n");
    assertThat(reply.header("Content-Type")).isEqualTo("text/plain; charset=utf-8");
    assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
  }

  @Test
  void isNotReadyWhileTheClusterDoesNotAnswerAndSaysWhy() throws Exception {
    server.sink.checks(CompletableFuture.failedFuture(new ConnectException("refused")));

    Reply reply = server.get("/readyz");

    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.body()).isEqualTo("the cluster does not answer: ConnectException: refused\n");
  }

  @Test
  void isNotReadyWhenTheSinkThrows() throws Exception {
    server.sink.checks(
        () -> {
          throw new IllegalStateException("closed");
        });

    assertThat(server.get("/readyz").status()).isEqualTo(503);
  }

  @Test
  void isNotReadyWhenTheClusterIsSilent() throws Exception {
    server.sink.checks(new CompletableFuture<>());

    Reply reply = server.get("/readyz");

    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.body()).contains("TimeoutException");
  }

  @Test
  void isReadyAgainWhenTheClusterIsBack() throws Exception {
    server.sink.checks(CompletableFuture.failedFuture(new ConnectException("refused")));
    assertThat(server.get("/readyz").status()).isEqualTo(503);

    server.sink.checks(CompletableFuture.completedFuture(null));

    await().until(() -> server.get("/readyz").status() == 200);
  }

  @Test
  void doesNotTroubleTheClusterMoreThanOnceASecond() throws Exception {
    AtomicInteger questions = new AtomicInteger();
    server.sink.checks(
        () -> {
          questions.incrementAndGet();
          return CompletableFuture.completedFuture(null);
        });

    long start = System.nanoTime();
    for (int i = 0; i < 200; i++) {
      assertThat(server.get("/readyz").status()).isEqualTo(200);
    }

    long seconds = (System.nanoTime() - start) / 1_000_000_000;
    assertThat(questions.get()).isBetween(1, (int) seconds + 1);
  }

  @Test
  void sharesOneQuestionAmongThoseWhoAskAtOnce() throws Exception {
    AtomicInteger questions = new AtomicInteger();
    CompletableFuture<Void> answer = new CompletableFuture<>();
    server.sink.checks(
        () -> {
          questions.incrementAndGet();
          return answer;
        });
    try (RawClient one = server.connect();
        RawClient two = server.connect()) {
      one.send(RawClient.head("GET", "/readyz", ""));
      two.send(RawClient.head("GET", "/readyz", ""));
      await().until(() -> questions.get() > 0);

      answer.complete(null);

      assertThat(one.read().status()).isEqualTo(200);
      assertThat(two.read().status()).isEqualTo(200);
    }
    assertThat(questions).hasValue(1);
  }
}

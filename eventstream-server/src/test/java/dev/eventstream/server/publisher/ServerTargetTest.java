package dev.eventstream.server.publisher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.eventstream.Event;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ServerTargetTest {
  private static final List<Event> BATCH =
      List.of(
          Event.of("click", "a").withDocumentId("first"),
          Event.of("click", "b").withDocumentId("second"));

  private record Answer(int status, Map<String, String> headers, String body) {}

  private final Deque<Answer> answers = new ArrayDeque<>();
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private HttpServer http;

  @BeforeEach
  void start() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/v1/events",
        exchange -> {
          String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          requests.add(exchange.getRequestHeaders().getFirst("Idempotency-Key") + " " + body);
          Answer answer = answers.remove();
          answer.headers().forEach(exchange.getResponseHeaders()::add);
          byte[] bytes = answer.body().getBytes(UTF_8);
          exchange.sendResponseHeaders(answer.status(), bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    http.start();
  }

  @AfterEach
  void stop() {
    http.stop(0);
  }

  private ServerTarget target() {
    return new ServerTarget(
        URI.create("http://127.0.0.1:" + http.getAddress().getPort()), "secret");
  }

  @Test
  void aBatchOfWhichAPartIsRefusedIsSentAgainAsAWholeUnderTheSameKey() throws Exception {
    answers.add(
        new Answer(
            207,
            Map.of(),
            """
            {"results": [{"outcome": "spooled"},
             {"outcome": "refused", "retryAfter": 7, "error": {"reason": "the spool is full"}}]}
            """));
    answers.add(
        new Answer(
            202,
            Map.of(),
            "{\"results\": [{\"outcome\":\"duplicate\"},{\"outcome\":\"indexed\"}]}"));
    ServerTarget target = target();

    assertThat(target.send(BATCH, List.of(0, 1)).await())
        .containsExactly(
            new PublishTarget.Result("spooled", "", Duration.ofSeconds(1)),
            new PublishTarget.Result("refused", "the spool is full", Duration.ofSeconds(7)));
    assertThat(target.send(BATCH, List.of(1)).await())
        .containsExactly(new PublishTarget.Result("indexed", "", Duration.ofSeconds(1)));
    assertThat(requests).hasSize(2);
    assertThat(requests.get(0)).startsWith("first [{").isEqualTo(requests.get(1));
  }

  @Test
  void aRefusalTellsWhenToSendTheRequestAgain() throws Exception {
    answers.add(new Answer(429, Map.of("Retry-After", "9"), "{\"detail\": \"too fast\"}"));
    answers.add(new Answer(503, Map.of("Retry-After", "2"), "<html>of a proxy</html>"));

    for (long seconds : List.of(9, 2)) {
      assertThat(target().send(BATCH, List.of(0, 1)).await())
          .hasSize(2)
          .allMatch(PublishTarget.Result::isRefused)
          .allMatch(result -> result.retryAfter().equals(Duration.ofSeconds(seconds)));
    }
  }

  @Test
  void aServerThatNeverAnsweredIsAnErrorAndOneThatGoesAwayIsWaitedFor() throws Exception {
    answers.add(new Answer(429, Map.of(), "{}"));
    ServerTarget known = target();
    known.send(BATCH, List.of(0, 1)).await();
    http.stop(0);

    assertThat(known.send(BATCH, List.of(0, 1)).await()).allMatch(PublishTarget.Result::isRefused);
    ServerTarget unknown = target();
    assertThatThrownBy(() -> unknown.send(BATCH, List.of(0, 1)).await())
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("does not answer", "--server")
        .hasMessageNotContaining("secret");
  }

  @Test
  void aRequestThatIsNotPermittedIsAnError() {
    answers.add(new Answer(401, Map.of(), "{\"detail\": \"a key is required\"}"));

    assertThatThrownBy(() -> target().send(BATCH, List.of(0, 1)).await())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("answered 401: a key is required");
  }
}

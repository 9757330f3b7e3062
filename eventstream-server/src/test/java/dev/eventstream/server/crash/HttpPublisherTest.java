package dev.eventstream.server.crash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.eventstream.server.crash.CrashCampaign.Answer;
import dev.eventstream.server.crash.CrashCampaign.Event;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpPublisherTest {
  private static final List<Event> EVENTS = List.of(new Event(0, "{\"n\":0}"), new Event(1, "{}"));

  private HttpServer server;
  private HttpPublisher publisher;
  private String received;
  private int status = 200;
  private String body = "";

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/events", this::answer);
    server.start();
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    publisher = new HttpPublisher(() -> url);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void readsTheOutcomesInOrder() throws InterruptedException {
    status = 207;
    body =
        "{\"results\":[{\"outcome\":\"refused\",\"error\":{\"reason\":\"{\\\"outcome\\\":\\\"\"}},"
            + "{\"outcome\":\"dead_lettered\",\"status\":202}]}";

    assertThat(publisher.publish(EVENTS)).containsExactly(Answer.UNKNOWN, Answer.ACCEPTED);
    assertThat(received).isEqualTo("{\"n\":0}\n{}\n");
  }

  @Test
  void refusedEventsAreUnknown() throws InterruptedException {
    status = 503;
    body = "{\"status\":503}";

    assertThat(publisher.publish(EVENTS)).containsExactly(Answer.UNKNOWN, Answer.UNKNOWN);
  }

  @Test
  void eventsWithATruncatedAnswerAreUnknown() throws InterruptedException {
    status = 0;

    assertThat(publisher.publish(EVENTS)).containsExactly(Answer.UNKNOWN, Answer.UNKNOWN);
  }

  @Test
  void eventsWithoutAConnectionAreNotSent() throws InterruptedException {
    server.stop(0);

    assertThat(publisher.publish(EVENTS)).containsExactly(Answer.NOT_SENT, Answer.NOT_SENT);
  }

  @Test
  void anAnswerWithTooFewOutcomesIsAFault() {
    body = "{\"results\":[{\"outcome\":\"indexed\",\"status\":201}]}";

    assertThatIllegalStateException().isThrownBy(() -> publisher.publish(EVENTS));
  }

  @Test
  void aRejectedEventIsAFault() {
    body = "{\"results\":[{\"outcome\":\"indexed\"},{\"outcome\":\"rejected\"}]}";

    assertThatIllegalStateException()
        .isThrownBy(() -> publisher.publish(EVENTS))
        .withMessageContaining("rejected");
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      received = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
      if (status == 0) {
        exchange.sendResponseHeaders(200, 100);
        exchange.getResponseBody().write('{');
        return;
      }
      byte[] bytes = body.getBytes(UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }
}

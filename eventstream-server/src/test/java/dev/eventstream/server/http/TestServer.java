package dev.eventstream.server.http;

import dev.eventstream.EventStream;
import dev.eventstream.EventStreamBuilder;
import dev.eventstream.IdResolver;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;
import org.eclipse.jetty.server.Handler;
import org.jspecify.annotations.Nullable;

/** The HTTP endpoints over a {@link FakeSink}, on a free port. */
final class TestServer implements AutoCloseable {
  static final String HOMEPAGE = "{\"eventType\":\"pageview\",\"eventValue\":\"homepage\"}";
  static final String CLICK = "{\"eventType\":\"engagement\",\"eventValue\":\"click\"}";
  static final IdResolver IDS =
      IdResolver.of(
          Map.of(
              "pageview", Map.of("homepage", "h", "about", "a", "checkout", "c"),
              "engagement", Map.of("click", "c", "scroll", "s", "hover", "h")));

  private static final HttpOptions OPEN = HttpOptions.open("127.0.0.1", 0);

  /** A request that is over. */
  record Observed(String endpoint, int status, long bodyBytes, @Nullable RequestRefusal refusal) {}

  final FakeSink sink = new FakeSink();
  final Queue<Observed> observed = new ConcurrentLinkedQueue<>();
  private final EventStream stream;
  private final HttpEndpoints http;
  private final int port;

  private TestServer(
      HttpOptions options, HttpLimits limits, UnaryOperator<EventStreamBuilder> settings)
      throws Exception {
    // Places for all: a sink that holds its answers must not keep later requests from it.
    EventStreamBuilder usual =
        EventStream.builder().sink(sink).idResolver(IDS).maxInFlightRequests(100);
    stream = settings.apply(usual).build();
    http = HttpEndpoints.start(stream, options, this::observe, limits);
    port = http.port();
  }

  private void observe(
      String endpoint, int status, long bodyBytes, @Nullable RequestRefusal refusal) {
    observed.add(new Observed(endpoint, status, bodyBytes, refusal));
  }

  EventStream stream() {
    return stream;
  }

  Map<String, Handler> health() {
    return http.health();
  }

  int connections() {
    return http.connections();
  }

  long requestMemory() {
    return http.requestMemory();
  }

  static TestServer start() throws Exception {
    return start(limits());
  }

  static TestServer start(HttpLimits limits) throws Exception {
    return new TestServer(OPEN, limits, builder -> builder);
  }

  static TestServer start(UnaryOperator<EventStreamBuilder> settings) throws Exception {
    return new TestServer(OPEN, limits(), settings);
  }

  static TestServer start(HttpOptions options) throws Exception {
    return start(options, builder -> builder);
  }

  static TestServer start(HttpOptions options, UnaryOperator<EventStreamBuilder> settings)
      throws Exception {
    return new TestServer(options, limits(), settings);
  }

  /** Those of production. */
  static HttpLimits limits() {
    return HttpLimits.ofThisProcess();
  }

  static HttpLimits withIdleTimeout(Duration timeout) {
    HttpLimits usual = limits();
    return usual.withTimes(timeout, usual.bodyGrace(), usual.stopTimeout());
  }

  /** Where it listens, or listened. */
  int port() {
    return port;
  }

  RawClient connect() throws IOException {
    return new RawClient(port());
  }

  RawClient.Reply get(String path) throws IOException {
    return RawClient.exchange(port(), "GET", path, "", "");
  }

  RawClient.Reply post(String path, String body) throws IOException {
    return post(path, "application/json", body);
  }

  RawClient.Reply post(String path, String contentType, String body) throws IOException {
    return RawClient.exchange(port(), "POST", path, contentType, body);
  }

  /** Stops taking requests and waits for those that run, as {@code EventServer} does it. */
  void closeHttp() throws Exception {
    http.close();
  }

  @Override
  public void close() throws Exception {
    sink.release();
    http.close();
    stream.close();
  }
}

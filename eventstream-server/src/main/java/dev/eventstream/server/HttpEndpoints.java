package dev.eventstream.server;

import com.github.benmanes.caffeine.cache.Cache;
import dev.eventstream.EventStream;
import dev.eventstream.server.body.Pace;
import dev.eventstream.server.body.RequestMemory;
import dev.eventstream.server.guard.Authentication;
import dev.eventstream.server.guard.CrossOrigin;
import dev.eventstream.server.guard.RateLimit;
import dev.eventstream.server.guard.StreamLimit;
import dev.eventstream.server.health.Probes;
import dev.eventstream.server.http.HttpLimits;
import dev.eventstream.server.http.HttpServer;
import dev.eventstream.server.http.ObservedRequests;
import dev.eventstream.server.http.Page;
import dev.eventstream.server.http.RequestObserver;
import dev.eventstream.server.http.Routes;
import dev.eventstream.server.http.TracedRequests;
import dev.eventstream.server.publish.PublishEndpoint;
import io.github.bucket4j.Bucket;
import io.opentelemetry.api.trace.TracerProvider;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.server.Handler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public endpoints of one stream, assembled and listening. Thread-safe; {@link #close} lets
 * running requests finish.
 */
public final class HttpEndpoints implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpEndpoints.class);

  private final HttpServer server;
  private final Probes probes;
  private final RequestMemory memory;

  private HttpEndpoints(HttpServer server, Probes probes, RequestMemory memory) {
    this.server = server;
    this.probes = probes;
    this.memory = memory;
  }

  /**
   * Starts to listen.
   *
   * @param observer is told of every request
   * @throws Exception if the server cannot listen, for example because the port is in use
   */
  public static HttpEndpoints start(
      EventStream stream, HttpOptions options, RequestObserver observer, HttpLimits limits)
      throws Exception {
    Probes probes = new Probes(stream);
    RequestMemory memory = new RequestMemory(limits.memoryBytes());
    Routes routes = routes(stream, probes, options, memory, limits);
    Handler all =
        options.corsOrigins().isEmpty()
            ? routes
            : CrossOrigin.allow(options.corsOrigins(), options.keys() != null, routes);
    HttpServer server =
        HttpServer.start(
            options.host(),
            options.port(),
            options.tls(),
            limits,
            new StreamLimit(limits.connections(), all),
            new ObservedRequests(routes::endpoint, observer));
    return new HttpEndpoints(server, probes, memory);
  }

  static Routes routes(
      EventStream stream,
      Probes probes,
      HttpOptions options,
      RequestMemory memory,
      HttpLimits limits) {
    Pace pace = limits.pace();
    Page page = new Page();
    Routes.Builder routes = Routes.builder(pace, "send events to POST /v1/events or POST /");
    Page.PATHS.forEach(path -> routes.get(path, page));
    Handler index = PublishEndpoint.index(stream, memory, limits);
    Handler events = PublishEndpoint.events(stream, memory, limits);
    Cache<String, Bucket> buckets = RateLimit.buckets();
    return routes
        .post("/", guarded("/", index, options, buckets, pace))
        .post("/v1/events", guarded("/v1/events", events, options, buckets, pace))
        .get("/livez", probes.live())
        .get("/readyz", probes.ready())
        .build();
  }

  /** The rate limit comes before authentication, so that it also bounds attempts to guess keys. */
  private static Handler guarded(
      String path, Handler publish, HttpOptions options, Cache<String, Bucket> buckets, Pace pace) {
    Handler guarded = publish;
    if (options.keys() != null) {
      guarded = new Authentication(options.keys(), pace, guarded);
    }
    if (options.eventsPerSecond() > 0) {
      guarded =
          new RateLimit(options.eventsPerSecond(), options.addresses(), buckets, pace, guarded);
    }
    if (options.openTelemetry().getTracerProvider() != TracerProvider.noop()) {
      guarded = new TracedRequests(path, options.openTelemetry(), guarded);
    }
    return guarded;
  }

  /** The handlers of the probes by path, for the admin port. */
  public Map<String, Handler> probes() {
    return Map.of("/livez", probes.live(), "/readyz", probes.ready());
  }

  /** The port that it listens on. */
  public int port() {
    return server.port();
  }

  /** The number of open connections. */
  public int connections() {
    return server.connections();
  }

  /** The heap, in bytes, that bodies and answers of all requests take. */
  public long requestMemory() {
    return memory.taken();
  }

  /**
   * Accepts no new requests, lets running ones finish, and ends all threads. Disconnects clients
   * that take longer than the stop time-out to send a request or to read an answer.
   *
   * @throws Exception if a part of the server does not stop
   */
  @Override
  public void close() throws Exception {
    probes.drain();
    try {
      server.close();
    } catch (TimeoutException e) {
      LOG.warn("Slow clients were disconnected at the stop time-out");
    }
  }
}

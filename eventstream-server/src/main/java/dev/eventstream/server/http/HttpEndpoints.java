package dev.eventstream.server.http;

import com.github.benmanes.caffeine.cache.Cache;
import dev.eventstream.EventStream;
import dev.eventstream.tls.TlsSettings;
import io.github.bucket4j.Bucket;
import io.opentelemetry.api.trace.TracerProvider;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server over one stream. Thread-safe; {@link #close} lets running requests finish. */
public final class HttpEndpoints implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpEndpoints.class);
  private static final int MAX_THREADS = 32;

  /** How many connections may wait to be accepted; who comes beyond tries again a second later. */
  private static final int ACCEPT_QUEUE = 1024;

  private final Server server;
  private final ServerConnector connector;
  private final HealthEndpoint health;

  private final RequestMemory memory;

  private HttpEndpoints(
      Server server, ServerConnector connector, HealthEndpoint health, RequestMemory memory) {
    this.server = server;
    this.connector = connector;
    this.health = health;
    this.memory = memory;
  }

  /**
   * Starts to listen.
   *
   * @param stream where the events go
   * @param options where, and who may do what
   * @param observer is told of every request
   * @return the endpoints, listening
   * @throws Exception when that is not possible, for example because the port is taken
   */
  public static HttpEndpoints start(
      EventStream stream, HttpOptions options, RequestObserver observer) throws Exception {
    return start(stream, options, observer, HttpLimits.ofThisProcess());
  }

  /**
   * Starts to listen.
   *
   * @param stream where the events go
   * @param options where, and who may do what
   * @param observer is told of every request
   * @param limits what it puts up with
   * @return the endpoints, listening
   * @throws Exception when that is not possible, for example because the port is taken
   */
  public static HttpEndpoints start(
      EventStream stream, HttpOptions options, RequestObserver observer, HttpLimits limits)
      throws Exception {
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 4);
    threads.setName("eventstream-http");
    Server server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setHeaderCacheSize(0); // it takes 36 KiB of heap for each connection
    http.setUriCompliance(UriCompliance.RFC3986);
    http.setRequestHeaderSize(limits.headerBytes());
    ServerConnector connector = new ServerConnector(server, 1, 1, protocols(options.tls(), http));
    connector.setHost(options.host());
    connector.setPort(options.port());
    connector.setAcceptQueueSize(ACCEPT_QUEUE);
    connector.setIdleTimeout(limits.idleTimeout().toMillis());
    server.addConnector(connector);
    server.addBean(new Connections(limits.connections(), connector));
    connector.addBean(new SlowHeads(connector));
    HealthEndpoint health = new HealthEndpoint(stream);
    RequestMemory memory = new RequestMemory(limits.memoryBytes());
    Routes routes = routes(stream, health, options, memory, limits);
    Handler all =
        options.corsOrigins().isEmpty()
            ? routes
            : CrossOrigin.allow(options.corsOrigins(), options.keys() != null, routes);
    server.setHandler(new GracefulHandler(new StreamLimit(limits.connections(), all)));
    server.setRequestLog(new ObservedRequests(routes::endpoint, observer));
    server.setErrorHandler(new ProblemErrors());
    server.setStopTimeout(limits.stopTimeout().toMillis());
    try {
      server.start();
    } catch (Exception e) {
      server.stop();
      throw e;
    }
    return new HttpEndpoints(server, connector, health, memory);
  }

  /** The first one speaks first. */
  private static ConnectionFactory[] protocols(@Nullable TlsSettings tls, HttpConfiguration http) {
    HttpConnectionFactory http1 = new HttpConnectionFactory(http);
    if (tls == null) {
      return new ConnectionFactory[] {http1, Http2.cleartext(http)};
    }
    // Whoever has a key for events reaches us by any name.
    http.addCustomizer(new SecureRequestCustomizer(false));
    ALPNServerConnectionFactory choice = new ALPNServerConnectionFactory();
    choice.setDefaultProtocol(http1.getProtocol());
    return new ConnectionFactory[] {
      new SslConnectionFactory(new PemSslContextFactory(tls), choice.getProtocol()),
      choice,
      Http2.encrypted(http),
      http1
    };
  }

  static Routes routes(
      EventStream stream,
      HealthEndpoint health,
      HttpOptions options,
      RequestMemory memory,
      HttpLimits limits) {
    BodyReader.Pace pace = limits.pace();
    Page page = new Page();
    Routes.Builder routes = Routes.builder(pace);
    Page.PATHS.forEach(path -> routes.get(path, page));
    Handler index = new PublishEndpoint(stream, new IndexDialect(), memory, limits);
    Handler events = new PublishEndpoint(stream, new EventsDialect(), memory, limits);
    Cache<String, Bucket> buckets = RateLimit.buckets();
    return routes
        .post("/", guarded("/", index, options, buckets, pace))
        .post("/v1/events", guarded("/v1/events", events, options, buckets, pace))
        .get("/livez", health.live())
        .get("/readyz", health.ready())
        .build();
  }

  /** The limit comes first: who shows wrong keys is a client, too. */
  private static Handler guarded(
      String path,
      Handler publish,
      HttpOptions options,
      Cache<String, Bucket> buckets,
      BodyReader.Pace pace) {
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

  /**
   * What operators ask of health.
   *
   * @return the handlers, by path
   */
  public Map<String, Handler> health() {
    return Map.of("/livez", health.live(), "/readyz", health.ready());
  }

  /**
   * The port that it listens on.
   *
   * @return a port from 1 to 65535
   */
  public int port() {
    return connector.getLocalPort();
  }

  /**
   * How many connections are open.
   *
   * @return the number of connections now
   */
  public int connections() {
    return connector.getConnectedEndPoints().size();
  }

  /**
   * How much heap the bodies and answers of all requests take.
   *
   * @return bytes
   */
  public long requestMemory() {
    return memory.taken();
  }

  /**
   * Takes no new requests, lets those that run finish, and ends all threads. Clients that do not
   * come to an end with sending a request or reading an answer are not waited for longer than the
   * stop time-out.
   *
   * @throws Exception when a part of the server does not stop
   */
  @Override
  public void close() throws Exception {
    health.drain();
    try {
      server.stop();
    } catch (TimeoutException e) {
      LOG.warn("Clients that were too slow have been disconnected");
    }
  }
}

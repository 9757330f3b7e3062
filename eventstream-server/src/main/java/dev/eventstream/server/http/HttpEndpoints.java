package dev.eventstream.server.http;

import dev.eventstream.EventStream;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
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

  private HttpEndpoints(Server server, ServerConnector connector, HealthEndpoint health) {
    this.server = server;
    this.connector = connector;
    this.health = health;
  }

  /**
   * Starts to listen.
   *
   * @param stream where the events go
   * @param host the address to listen on
   * @param port the port to listen on, 0 for any free one
   * @return the endpoints, listening
   * @throws Exception when that is not possible, for example because the port is taken
   */
  public static HttpEndpoints start(EventStream stream, String host, int port) throws Exception {
    return start(stream, host, port, RequestObserver.NONE);
  }

  /**
   * Starts to listen.
   *
   * @param stream where the events go
   * @param host the address to listen on
   * @param port the port to listen on, 0 for any free one
   * @param observer is told of every request
   * @return the endpoints, listening
   * @throws Exception when that is not possible, for example because the port is taken
   */
  public static HttpEndpoints start(
      EventStream stream, String host, int port, RequestObserver observer) throws Exception {
    return start(stream, host, port, observer, HttpLimits.ofThisProcess());
  }

  static HttpEndpoints start(
      EventStream stream, String host, int port, RequestObserver observer, HttpLimits limits)
      throws Exception {
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 4);
    threads.setName("eventstream-http");
    Server server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setHeaderCacheSize(0); // it takes 36 KiB of heap for each connection
    http.setUriCompliance(UriCompliance.RFC3986);
    ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost(host);
    connector.setPort(port);
    connector.setAcceptQueueSize(ACCEPT_QUEUE);
    connector.setIdleTimeout(limits.idleTimeout().toMillis());
    server.addConnector(connector);
    server.addBean(new Connections(limits.connections(), connector));
    HealthEndpoint health = new HealthEndpoint(stream);
    Routes routes = routes(stream, health, limits);
    server.setHandler(new GracefulHandler(routes));
    server.setRequestLog(new ObservedRequests(routes::endpoint, observer));
    server.setErrorHandler(new ProblemErrors());
    server.setStopTimeout(limits.stopTimeout().toMillis());
    try {
      server.start();
    } catch (Exception e) {
      server.stop();
      throw e;
    }
    return new HttpEndpoints(server, connector, health);
  }

  private static Routes routes(EventStream stream, HealthEndpoint health, HttpLimits limits) {
    RequestMemory memory = new RequestMemory(limits.memoryBytes());
    BodyReader.Pace pace = new BodyReader.Pace(limits.bodyGrace(), System::nanoTime);
    Page page = new Page();
    Routes.Builder routes = Routes.builder(pace);
    Page.PATHS.forEach(path -> routes.get(path, page));
    return routes
        .post("/", new PublishEndpoint(stream, new IndexDialect(), memory, pace))
        .post("/v1/events", new PublishEndpoint(stream, new EventsDialect(), memory, pace))
        .get("/livez", health.live())
        .get("/readyz", health.ready())
        .build();
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

package dev.eventstream.server.http;

import dev.eventstream.EventStream;
import java.time.Duration;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** The HTTP server over one stream. Thread-safe; {@link #close} lets running requests finish. */
public final class HttpEndpoints implements AutoCloseable {
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);
  private static final int MAX_THREADS = 32;

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
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 4);
    threads.setName("eventstream-http");
    Server server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setUriCompliance(UriCompliance.RFC3986);
    ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost(host);
    connector.setPort(port);
    connector.setIdleTimeout(IDLE_TIMEOUT.toMillis());
    server.addConnector(connector);
    HealthEndpoint health = new HealthEndpoint(stream);
    server.setHandler(new GracefulHandler(routes(stream, health)));
    server.setErrorHandler(new ProblemErrors());
    server.setStopTimeout(STOP_TIMEOUT.toMillis());
    try {
      server.start();
    } catch (Exception e) {
      server.stop();
      throw e;
    }
    return new HttpEndpoints(server, connector, health);
  }

  private static Handler routes(EventStream stream, HealthEndpoint health) {
    Page page = new Page();
    Routes.Builder routes = Routes.builder();
    Page.PATHS.forEach(path -> routes.get(path, page));
    return routes
        .post("/", new PublishEndpoint(stream, new IndexDialect()))
        .post("/v1/events", new PublishEndpoint(stream, new EventsDialect()))
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
   * Takes no new requests, lets those that run finish, and ends all threads.
   *
   * @throws Exception when the server does not stop in time
   */
  @Override
  public void close() throws Exception {
    health.drain();
    server.stop();
  }
}

package dev.eventstream.server.http;

import java.util.Map;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The endpoints for operators, on their own port with their own threads, so that they answer also
 * when requests with events occupy all other threads. Thread-safe.
 */
public final class AdminEndpoints implements AutoCloseable {
  private static final int MAX_THREADS = 8;
  private static final int IDLE_MILLIS = 30_000;

  private final Server server;
  private final ServerConnector connector;

  private AdminEndpoints(Server server, ServerConnector connector) {
    this.server = server;
    this.connector = connector;
  }

  /**
   * Starts to listen.
   *
   * @param port 0: any free port
   * @param handlers the handlers of GET by path
   * @throws Exception if the server cannot listen, for example because the port is in use
   */
  public static AdminEndpoints start(String host, int port, Map<String, Handler> handlers)
      throws Exception {
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 1);
    threads.setName("eventstream-admin");
    Server server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setUriCompliance(UriCompliance.RFC3986);
    ServerConnector connector = new ServerConnector(server, 0, 1, new HttpConnectionFactory(http));
    connector.setHost(host);
    connector.setPort(port);
    connector.setIdleTimeout(IDLE_MILLIS);
    server.addConnector(connector);
    Routes.Builder routes = Routes.builder(HttpLimits.ofThisProcess().pace());
    handlers.forEach(routes::get);
    server.setHandler(routes.build());
    server.setErrorHandler(new ProblemErrors());
    try {
      server.start();
    } catch (Exception e) {
      server.stop();
      throw e;
    }
    return new AdminEndpoints(server, connector);
  }

  /** The port that it listens on. */
  public int port() {
    return connector.getLocalPort();
  }

  /**
   * Ends all threads.
   *
   * @throws Exception if a part of the server does not stop
   */
  @Override
  public void close() throws Exception {
    server.stop();
  }
}

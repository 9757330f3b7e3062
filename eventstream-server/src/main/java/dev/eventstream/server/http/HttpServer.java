package dev.eventstream.server.http;

import dev.eventstream.tls.TlsSettings;
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

/**
 * Listens on the public port, with HTTP/1.1 and HTTP/2, with or without TLS, or on the admin port,
 * with HTTP/1.1. Thread-safe.
 */
public final class HttpServer implements AutoCloseable {
  private static final int MAX_THREADS = 32;
  private static final int MAX_ADMIN_THREADS = 8;

  /** Connections that may wait to be accepted; a client beyond it retries after a second. */
  private static final int ACCEPT_QUEUE = 1024;

  private final Server server;
  private final ServerConnector connector;

  private HttpServer(Server server, ServerConnector connector) {
    this.server = server;
    this.connector = connector;
  }

  /**
   * Starts to listen on the public port.
   *
   * @param port 0: any free port
   * @param tls null: HTTP without TLS
   * @param handler answers every request that Jetty can read
   * @param requestLog is told of every request, also of those that Jetty answers itself
   * @throws Exception if the server cannot listen, for example because the port is in use
   */
  public static HttpServer start(
      String host,
      int port,
      @Nullable TlsSettings tls,
      HttpLimits limits,
      Handler handler,
      ObservedRequests requestLog)
      throws Exception {
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 4);
    threads.setName("eventstream-http");
    Server server = new Server(threads);
    ServerConnector connector =
        new ServerConnector(server, 1, 1, protocols(tls, configuration(limits)));
    server.setHandler(new GracefulHandler(handler));
    server.setRequestLog(requestLog);
    server.setStopTimeout(limits.stopTimeout().toMillis());
    return start(server, connector, host, port, limits);
  }

  /**
   * Starts to listen on the admin port, with its own threads, so that it answers also when requests
   * with events occupy all others. Closing it does not wait for running requests.
   *
   * @param port 0: any free port
   * @param handler answers every request that Jetty can read
   * @throws Exception if the server cannot listen, for example because the port is in use
   */
  public static HttpServer forOperators(String host, int port, HttpLimits limits, Handler handler)
      throws Exception {
    QueuedThreadPool threads = new QueuedThreadPool(MAX_ADMIN_THREADS, 1);
    threads.setName("eventstream-admin");
    Server server = new Server(threads);
    ServerConnector connector =
        new ServerConnector(server, 1, 1, new HttpConnectionFactory(configuration(limits)));
    server.setHandler(handler);
    return start(server, connector, host, port, limits);
  }

  private static HttpConfiguration configuration(HttpLimits limits) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setHeaderCacheSize(0); // it takes 36 KiB of heap per connection
    http.setUriCompliance(UriCompliance.RFC3986);
    http.setRequestHeaderSize(limits.headerBytes());
    return http;
  }

  private static HttpServer start(
      Server server, ServerConnector connector, String host, int port, HttpLimits limits)
      throws Exception {
    connector.setHost(host);
    connector.setPort(port);
    connector.setAcceptQueueSize(ACCEPT_QUEUE);
    connector.setIdleTimeout(limits.idleTimeout().toMillis());
    server.addConnector(connector);
    server.addBean(new Connections(limits.connections(), connector));
    connector.addBean(new HeaderTimeout(connector));
    server.setErrorHandler(new ProblemErrors());
    try {
      server.start();
    } catch (Exception e) {
      server.stop();
      throw e;
    }
    return new HttpServer(server, connector);
  }

  /** The protocols in the order of preference: the first one is the connection's first. */
  private static ConnectionFactory[] protocols(@Nullable TlsSettings tls, HttpConfiguration http) {
    HttpConnectionFactory http1 = new HttpConnectionFactory(http);
    if (tls == null) {
      return new ConnectionFactory[] {http1, Http2.cleartext(http)};
    }
    // Keys authenticate clients, so the host name that a client used does not matter.
    http.addCustomizer(new SecureRequestCustomizer(false));
    ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
    alpn.setDefaultProtocol(http1.getProtocol());
    return new ConnectionFactory[] {
      new SslConnectionFactory(new PemSslContextFactory(tls), alpn.getProtocol()),
      alpn,
      Http2.encrypted(http),
      http1
    };
  }

  /** The port that it listens on. */
  public int port() {
    return connector.getLocalPort();
  }

  /** The number of open connections. */
  public int connections() {
    return connector.getConnectedEndPoints().size();
  }

  /**
   * Accepts no new requests, waits for running ones up to the stop time-out, and ends all threads.
   *
   * @throws java.util.concurrent.TimeoutException if clients were disconnected at the time-out
   * @throws Exception if a part of the server does not stop
   */
  @Override
  public void close() throws Exception {
    server.stop();
  }
}

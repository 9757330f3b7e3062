package dev.eventstream.server;

import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.EventStream;
import dev.eventstream.id.DirectoryIdResolver;
import dev.eventstream.server.access.ClientAddresses;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.http.AdminEndpoints;
import dev.eventstream.server.http.HttpEndpoints;
import dev.eventstream.server.http.HttpOptions;
import dev.eventstream.server.http.RequestObserver;
import dev.eventstream.spool.MapDbIdResolver;
import dev.eventstream.spool.MapDbSpool;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.eclipse.jetty.server.Handler;
import org.jspecify.annotations.Nullable;

/** The server, assembled from its settings and running. Thread-safe. */
public final class EventServer implements AutoCloseable {
  private final EventStream stream;
  private final HttpEndpoints http;
  private final @Nullable AdminEndpoints admin;
  private final String host;

  private EventServer(
      EventStream stream, HttpEndpoints http, @Nullable AdminEndpoints admin, String host) {
    this.stream = stream;
    this.http = http;
    this.admin = admin;
    this.host = host;
  }

  /**
   * Starts the server. The cluster need not be there yet.
   *
   * @param settings the settings, checked
   * @return the server, listening
   * @throws IllegalArgumentException when a setting cannot be used, with its value and the remedy
   * @throws IOException when the ID tables cannot be read, or a port is taken
   */
  public static EventServer start(ServerSettings settings) throws IOException {
    EventStream stream = stream(settings);
    ServerSettings.Listen listen = settings.listen();
    HttpEndpoints http = null;
    try {
      http =
          listening(
              () -> HttpEndpoints.start(stream, options(settings), RequestObserver.NONE),
              listen.host() + ":" + listen.port(),
              "EVENTSTREAM_HOST and EVENTSTREAM_PORT to a free one");
      AdminEndpoints admin = null;
      if (listen.adminPort().isPresent()) {
        int port = listen.adminPort().getAsInt();
        Map<String, Handler> handlers = http.health();
        admin =
            listening(
                () -> AdminEndpoints.start(listen.adminHost(), port, handlers),
                listen.adminHost() + ":" + port,
                "EVENTSTREAM_ADMIN_HOST and EVENTSTREAM_ADMIN_PORT to a free one, or the port to off");
      }
      return new EventServer(stream, http, admin, listen.host());
    } catch (IOException | RuntimeException e) {
      try {
        close(http);
      } finally {
        stream.close();
      }
      throw e;
    }
  }

  private static HttpOptions options(ServerSettings settings) {
    ServerSettings.Access access = settings.access();
    return new HttpOptions(
        settings.listen().host(),
        settings.listen().port(),
        access.keys(),
        access.corsOrigins(),
        access.eventsPerSecond(),
        ClientAddresses.behind(access.trustedProxies(), access.forwardedBy()));
  }

  private static <T> T listening(Callable<T> start, String address, String remedy)
      throws IOException {
    try {
      return start.call();
    } catch (IOException e) {
      throw new IOException(
          "cannot listen on " + address + " (" + rootCause(e).getMessage() + "); set " + remedy, e);
    } catch (Exception e) {
      throw new IllegalStateException("the HTTP server did not start", e);
    }
  }

  private static void close(@Nullable AutoCloseable part) {
    if (part != null) {
      try {
        part.close();
      } catch (Exception e) {
        throw new IllegalStateException("the HTTP server did not stop", e);
      }
    }
  }

  private static Throwable rootCause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /**
   * Opens the stream that a server of these settings publishes to, without a server.
   *
   * @param settings the settings, checked
   * @return the stream
   * @throws IllegalArgumentException when a setting cannot be used, with its value and the remedy
   * @throws IOException when the IDs cannot be read, or the spool cannot be opened
   */
  public static EventStream stream(ServerSettings settings) throws IOException {
    DefaultEventTransformer transformer = transformer(settings);
    ServerSettings.Delivery delivery = settings.delivery();
    MapDbSpool spool = null;
    try {
      spool = spool(delivery);
      EventStream.Builder stream =
          EventStream.builder()
              .sink(settings.clusterUrls().toArray(new String[0]))
              .transformer(transformer)
              .spool(spool)
              .acknowledge(delivery.acknowledgement())
              .deliveryTimeout(delivery.timeout());
      if (delivery.throttle() > 0) {
        stream.throttle(delivery.throttle());
      }
      return stream.build();
    } catch (IOException | RuntimeException e) {
      transformer.close();
      if (spool != null) {
        spool.close();
      }
      throw e;
    }
  }

  private static MapDbSpool spool(ServerSettings.Delivery delivery) throws IOException {
    try {
      return MapDbSpool.builder(delivery.spoolDirectory())
          .maxBytes(delivery.spoolMaxBytes())
          .minFreeBytes(delivery.spoolMinFreeBytes())
          .open();
    } catch (IOException e) {
      throw new IOException(
          "EVENTSTREAM_SPOOL_DIR is \"" + delivery.spoolDirectory() + "\": " + e.getMessage(), e);
    }
  }

  private static DefaultEventTransformer transformer(ServerSettings settings) throws IOException {
    DefaultEventTransformer.Builder transformer =
        DefaultEventTransformer.builder()
            .index(settings.index())
            .allowedEventTypes(settings.eventTypes())
            .maxEventTypes(settings.maxEventTypes())
            .rejectUnknownValues(settings.rejectUnknownValues());
    transformer.build(); // a setting that cannot be used shows before a thread is started
    if (settings.idDirectory() != null) {
      transformer.idResolver(DirectoryIdResolver.open(settings.idDirectory()));
    } else if (settings.idFile() != null) {
      transformer.idResolver(MapDbIdResolver.open(settings.idFile()));
    }
    return transformer.build();
  }

  /**
   * Where to reach it from this machine.
   *
   * @return its URL
   */
  public String url() {
    String reachable = host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host;
    return "http://" + (reachable.contains(":") ? "[" + reachable + "]" : reachable) + ":" + port();
  }

  /**
   * The port that it listens on.
   *
   * @return a port from 1 to 65535
   */
  public int port() {
    return http.port();
  }

  /**
   * The port for operators.
   *
   * @return a port from 1 to 65535; empty: there is none
   */
  public OptionalInt adminPort() {
    return admin == null ? OptionalInt.empty() : OptionalInt.of(admin.port());
  }

  /**
   * Takes no new requests, answers those that run, and gives everything back. Operators are
   * answered until the end.
   */
  @Override
  public void close() {
    try {
      close(http);
    } finally {
      try {
        stream.close();
      } finally {
        close(admin);
      }
    }
  }
}

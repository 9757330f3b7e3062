package dev.eventstream.server;

import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.EventStream;
import dev.eventstream.id.DirectoryIdResolver;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.http.HttpEndpoints;
import dev.eventstream.spool.MapDbIdResolver;
import dev.eventstream.spool.MapDbSpool;
import java.io.IOException;

/** The server, assembled from its settings and running. Thread-safe. */
public final class EventServer implements AutoCloseable {
  private final EventStream stream;
  private final HttpEndpoints http;
  private final String host;

  private EventServer(EventStream stream, HttpEndpoints http, String host) {
    this.stream = stream;
    this.http = http;
    this.host = host;
  }

  /**
   * Starts the server. The cluster need not be there yet.
   *
   * @param settings the settings, checked
   * @return the server, listening
   * @throws IllegalArgumentException when a setting cannot be used, with its value and the remedy
   * @throws IOException when the ID tables cannot be read, or the port is taken
   */
  public static EventServer start(ServerSettings settings) throws IOException {
    EventStream stream = stream(settings);
    try {
      HttpEndpoints http = HttpEndpoints.start(stream, settings.host(), settings.port());
      return new EventServer(stream, http, settings.host());
    } catch (IOException e) {
      stream.close();
      throw new IOException(
          "cannot listen on "
              + settings.host()
              + ":"
              + settings.port()
              + " ("
              + rootCause(e).getMessage()
              + "); set EVENTSTREAM_HOST and EVENTSTREAM_PORT to a free one",
          e);
    } catch (Exception e) {
      stream.close();
      throw new IllegalStateException("the HTTP server did not start", e);
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

  /** Takes no new requests, answers those that run, and gives everything back. */
  @Override
  public void close() {
    try {
      http.close();
    } catch (Exception e) {
      throw new IllegalStateException("the HTTP server did not stop", e);
    } finally {
      stream.close();
    }
  }
}

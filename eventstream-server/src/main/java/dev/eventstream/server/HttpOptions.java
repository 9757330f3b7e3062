package dev.eventstream.server;

import dev.eventstream.server.guard.ClientAddresses;
import dev.eventstream.server.guard.IngestKeys;
import dev.eventstream.tls.TlsSettings;
import io.opentelemetry.api.OpenTelemetry;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the endpoints are, and who may do what there.
 *
 * @param host the address to listen on
 * @param port the port to listen on, 0 for any free one
 * @param keys the keys of which one has to be shown with events; null: none
 * @param corsOrigins the origins of other pages that may send events; {@code *}: all
 * @param eventsPerSecond how many events one client may send; 0: as many as it likes
 * @param addresses who a client is
 * @param tls the server's certificate; null: HTTP without TLS
 * @param openTelemetry where a span of each request goes
 */
public record HttpOptions(
    String host,
    int port,
    @Nullable Supplier<IngestKeys> keys,
    Set<String> corsOrigins,
    int eventsPerSecond,
    ClientAddresses addresses,
    @Nullable TlsSettings tls,
    OpenTelemetry openTelemetry) {

  /**
   * Copies the origins.
   *
   * @param host the address to listen on
   * @param port the port to listen on, 0 for any free one
   * @param keys the keys of which one has to be shown with events; null: none
   * @param corsOrigins the origins of other pages that may send events
   * @param eventsPerSecond how many events one client may send
   * @param addresses who a client is
   * @param tls the server's certificate
   * @param openTelemetry where a span of each request goes
   */
  public HttpOptions {
    corsOrigins = Set.copyOf(corsOrigins);
  }

  /**
   * Open to whoever reaches it.
   *
   * @param host the address to listen on
   * @param port the port to listen on, 0 for any free one
   * @return the options
   */
  public static HttpOptions open(String host, int port) {
    ClientAddresses peers =
        ClientAddresses.behind(List.of(), ClientAddresses.Header.X_FORWARDED_FOR);
    return new HttpOptions(host, port, null, Set.of(), 0, peers, null, OpenTelemetry.noop());
  }

  /**
   * The same, for those who may.
   *
   * @param newKeys the keys of which one has to be shown with events; null: none
   * @param newCorsOrigins the origins of other pages that may send events; {@code *}: all
   * @param newEventsPerSecond how many events one client may send; 0: as many as it likes
   * @param newAddresses who a client is
   * @return the options
   */
  public HttpOptions withAccess(
      @Nullable Supplier<IngestKeys> newKeys,
      Set<String> newCorsOrigins,
      int newEventsPerSecond,
      ClientAddresses newAddresses) {
    return new HttpOptions(
        host, port, newKeys, newCorsOrigins, newEventsPerSecond, newAddresses, tls, openTelemetry);
  }

  /**
   * The same over TLS.
   *
   * @param newTls the server's certificate; null: HTTP without TLS
   * @return the options
   */
  public HttpOptions withTls(@Nullable TlsSettings newTls) {
    return new HttpOptions(
        host, port, keys, corsOrigins, eventsPerSecond, addresses, newTls, openTelemetry);
  }

  /**
   * The same with traces.
   *
   * @param newOpenTelemetry where a span of each request goes
   * @return the options
   */
  public HttpOptions withOpenTelemetry(OpenTelemetry newOpenTelemetry) {
    return new HttpOptions(
        host, port, keys, corsOrigins, eventsPerSecond, addresses, tls, newOpenTelemetry);
  }
}

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
 * The address of the public endpoints, and the access to them.
 *
 * @param port 0: any free port
 * @param keys the valid keys; null: no key is required
 * @param corsOrigins the permitted origins; {@code *}: all
 * @param eventsPerSecond the rate limit of a client; 0: none
 * @param addresses determines the client of a request
 * @param tls null: HTTP without TLS
 * @param openTelemetry gets a span per request
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

  public HttpOptions {
    corsOrigins = Set.copyOf(corsOrigins);
  }

  /**
   * Without access control: for anyone who can reach the address.
   *
   * @param port 0: any free port
   */
  public static HttpOptions open(String host, int port) {
    ClientAddresses peers =
        ClientAddresses.behind(List.of(), ClientAddresses.Header.X_FORWARDED_FOR);
    return new HttpOptions(host, port, null, Set.of(), 0, peers, null, OpenTelemetry.noop());
  }

  /** The same with access control. */
  public HttpOptions withAccess(
      @Nullable Supplier<IngestKeys> newKeys,
      Set<String> newCorsOrigins,
      int newEventsPerSecond,
      ClientAddresses newAddresses) {
    return new HttpOptions(
        host, port, newKeys, newCorsOrigins, newEventsPerSecond, newAddresses, tls, openTelemetry);
  }

  /**
   * The same with TLS.
   *
   * @param newTls null: HTTP without TLS
   */
  public HttpOptions withTls(@Nullable TlsSettings newTls) {
    return new HttpOptions(
        host, port, keys, corsOrigins, eventsPerSecond, addresses, newTls, openTelemetry);
  }

  /** The same with a span per request. */
  public HttpOptions withOpenTelemetry(OpenTelemetry newOpenTelemetry) {
    return new HttpOptions(
        host, port, keys, corsOrigins, eventsPerSecond, addresses, tls, newOpenTelemetry);
  }
}

package dev.eventstream.server.http;

import dev.eventstream.es.tls.TlsSettings;
import dev.eventstream.server.access.ClientAddresses;
import dev.eventstream.server.access.IngestKeys;
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
 */
public record HttpOptions(
    String host,
    int port,
    @Nullable Supplier<IngestKeys> keys,
    Set<String> corsOrigins,
    int eventsPerSecond,
    ClientAddresses addresses,
    @Nullable TlsSettings tls) {

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
    return new HttpOptions(host, port, null, Set.of(), 0, peers, null);
  }
}

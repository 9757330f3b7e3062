package dev.eventstream.server.config;

import dev.eventstream.Acknowledgement;
import dev.eventstream.ReservedMembers;
import dev.eventstream.server.guard.ClientAddresses;
import dev.eventstream.server.guard.IngestKeys;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The server's settings, checked.
 *
 * @param cluster where documents go
 * @param listen where to listen
 * @param access who may send how much
 * @param limits what the server puts up with
 * @param idDirectory where the ID tables are, or null
 * @param idFile the file of IDs, where there is no directory, or null
 * @param rejectUnknownValues whether an event without an ID is rejected
 * @param index the pattern of index names
 * @param eventTypes the event types that are taken; empty: all valid ones
 * @param maxEventTypes how many distinct event types are taken
 * @param shape what an event may look like
 * @param delivery how documents get to the cluster
 * @param observation how one sees what happens
 */
public record ServerSettings(
    ClusterSettings cluster,
    Listen listen,
    Access access,
    Limits limits,
    @Nullable Path idDirectory,
    @Nullable Path idFile,
    boolean rejectUnknownValues,
    String index,
    Set<String> eventTypes,
    int maxEventTypes,
    EventShape shape,
    Delivery delivery,
    Observation observation) {

  /**
   * What an event may look like.
   *
   * @param maxFields how many distinct fields it may have
   * @param maxValues how many values it may have at all depths
   * @param reservedMembers what happens to members that engines reserve
   */
  public record EventShape(int maxFields, int maxValues, ReservedMembers reservedMembers) {}

  /**
   * Where to listen.
   *
   * @param host the address
   * @param port the port, 0 for any free one
   * @param adminHost the address for operators
   * @param adminPort the port for operators, 0 for any free one; empty: none
   * @param tls the server's certificate; null: HTTP without TLS
   */
  public record Listen(
      String host, int port, String adminHost, OptionalInt adminPort, @Nullable Tls tls) {}

  /**
   * The server's certificate, in PEM files.
   *
   * @param certificate the certificate and those that have signed it
   * @param key its private key
   * @param keyPassword the key's password; null: it has none
   */
  public record Tls(Path certificate, Path key, @Nullable Secret<String> keyPassword) {}

  /**
   * Who may send events, and how many.
   *
   * @param keys the keys that one needs; null: none
   * @param corsOrigins the origins of other pages that may; {@code *}: all
   * @param eventsPerSecond how many one client may send; 0: as many as it likes
   * @param trustedProxies addresses and networks of proxies that are believed
   * @param forwardedBy the header in which they say who their client is
   */
  public record Access(
      @Nullable Secret<IngestKeys> keys,
      Set<String> corsOrigins,
      int eventsPerSecond,
      List<String> trustedProxies,
      ClientAddresses.Header forwardedBy) {

    /**
     * Copies the collections.
     *
     * @param keys the keys that one needs; null: none
     * @param corsOrigins the origins of other pages that may
     * @param eventsPerSecond how many one client may send
     * @param trustedProxies addresses and networks of proxies that are believed
     * @param forwardedBy the header in which they say who their client is
     */
    public Access {
      corsOrigins = Set.copyOf(corsOrigins);
      trustedProxies = List.copyOf(trustedProxies);
    }
  }

  /**
   * What the server puts up with.
   *
   * @param bodyBytes how large a body may be
   * @param events how many events a request may hold
   * @param headerBytes how large its head may be
   * @param connections how many may be open; empty: what the process has room for
   * @param idleTimeout how long a connection may be silent
   * @param bodyTimeout how long a body may take at any speed
   * @param stopTimeout how long running requests are waited for
   */
  public record Limits(
      int bodyBytes,
      int events,
      int headerBytes,
      OptionalInt connections,
      Duration idleTimeout,
      Duration bodyTimeout,
      Duration stopTimeout) {}

  /**
   * How documents get to the cluster, and where they wait.
   *
   * @param spoolDirectory where they wait
   * @param spoolMaxBytes how much disk that may take
   * @param spoolMinFreeBytes how much of the disk stays free
   * @param acknowledgement when an event is answered
   * @param timeout how long the cluster may take
   * @param giveUpAfter for how long a document may fail while the cluster takes others; zero: for
   *     ever
   * @param throttle how many documents a second the cluster gets; 0: as many as there are
   */
  public record Delivery(
      Path spoolDirectory,
      long spoolMaxBytes,
      long spoolMinFreeBytes,
      Acknowledgement acknowledgement,
      Duration timeout,
      Duration giveUpAfter,
      int throttle) {}

  /**
   * How one sees what happens.
   *
   * @param logFormat {@code text} or {@code json}
   * @param collector the URL of an OpenTelemetry collector that gets the metrics; null: none does
   * @param interval how often it gets them
   */
  public record Observation(String logFormat, @Nullable URI collector, Duration interval) {}

  private static final Path NOWHERE = Path.of("");

  /**
   * Copies the collections.
   *
   * @param cluster where documents go
   * @param listen where to listen
   * @param access who may send how much
   * @param limits what the server puts up with
   * @param idDirectory where the ID tables are, or null
   * @param idFile the file of IDs, where there is no directory, or null
   * @param rejectUnknownValues whether an event without an ID is rejected
   * @param index the pattern of index names
   * @param eventTypes the event types that are taken
   * @param maxEventTypes how many distinct event types are taken
   * @param shape what an event may look like
   * @param delivery how documents get to the cluster
   * @param observation how one sees what happens
   */
  public ServerSettings {
    eventTypes = Set.copyOf(eventTypes);
  }

  /**
   * Reads the settings from environment variables, and from the file that they may name.
   *
   * @param environment names and values; an empty value counts as not set
   * @return the settings
   * @throws InvalidSettingsException with every fault, each with name, value and remedy
   */
  public static ServerSettings fromEnvironment(Map<String, String> environment)
      throws InvalidSettingsException {
    return of(SettingSources.of(List.of(), environment));
  }

  /**
   * Reads the settings from all that is set.
   *
   * @param sources where
   * @return the settings
   * @throws InvalidSettingsException with every fault, each with name, value and remedy
   */
  public static ServerSettings of(SettingSources sources) throws InvalidSettingsException {
    sources.readOptional(Setting.CONFIG);
    ServerSettings settings =
        new ServerSettings(
            ClusterSettings.of(sources),
            new Listen(
                sources.read(Setting.HOST, ""),
                sources.read(Setting.PORT, 0),
                sources.read(Setting.ADMIN_HOST, ""),
                sources.read(Setting.ADMIN_PORT, OptionalInt.empty()),
                tls(sources)),
            new Access(
                sources.readSecret(Setting.AUTH),
                sources.read(Setting.CORS_ORIGINS, Set.of()),
                sources.read(Setting.RATE_LIMIT, 0),
                sources.read(Setting.TRUSTED_PROXIES, List.of()),
                sources.read(Setting.FORWARDED_BY, ClientAddresses.Header.X_FORWARDED_FOR)),
            new Limits(
                sources.read(Setting.MAX_BODY_BYTES, 0L).intValue(),
                sources.read(Setting.MAX_EVENTS, 0),
                sources.read(Setting.MAX_HEADER_BYTES, 0L).intValue(),
                connections(sources),
                sources.read(Setting.IDLE_TIMEOUT, Duration.ZERO),
                sources.read(Setting.BODY_TIMEOUT, Duration.ZERO),
                sources.read(Setting.STOP_TIMEOUT, Duration.ZERO)),
            sources.readOptional(Setting.ID_DIR),
            sources.readOptional(Setting.ID_FILE),
            sources.read(Setting.UNKNOWN_VALUES, false),
            sources.read(Setting.INDEX, ""),
            sources.read(Setting.EVENT_TYPES, Set.of()),
            sources.read(Setting.MAX_EVENT_TYPES, 0),
            new EventShape(
                sources.read(Setting.MAX_FIELDS, 0),
                sources.read(Setting.MAX_VALUES, 0),
                sources.read(Setting.RESERVED_MEMBERS, ReservedMembers.REJECT)),
            new Delivery(
                sources.read(Setting.SPOOL_DIR, NOWHERE),
                sources.read(Setting.SPOOL_MAX_BYTES, 0L),
                sources.read(Setting.SPOOL_MIN_FREE_BYTES, 0L),
                sources.read(Setting.ACK, Acknowledgement.INDEXED),
                sources.read(Setting.DELIVERY_TIMEOUT, Duration.ZERO),
                giveUpAfter(sources),
                sources.read(Setting.THROTTLE, 0)),
            new Observation(
                sources.read(Setting.LOG_FORMAT, ""),
                sources.readOptional(Setting.OTLP_URL),
                sources.read(Setting.OTLP_INTERVAL, Duration.ZERO)));
    sources.oneOf(Setting.ID_DIR, Setting.ID_FILE);
    sources.finish();
    return settings;
  }

  private static Duration giveUpAfter(SettingSources sources) {
    Duration time = sources.readOptional(Setting.GIVE_UP_AFTER);
    return time == null ? Duration.ZERO : time;
  }

  private static OptionalInt connections(SettingSources sources) {
    Integer connections = sources.readOptional(Setting.MAX_CONNECTIONS);
    return connections == null ? OptionalInt.empty() : OptionalInt.of(connections);
  }

  private static @Nullable Tls tls(SettingSources sources) {
    Path certificate = sources.readOptional(Setting.TLS_CERT);
    Path key = sources.readOptional(Setting.TLS_KEY);
    Secret<String> password = sources.readSecret(Setting.TLS_KEY_PASSWORD);
    sources.together(Setting.TLS_CERT, Setting.TLS_KEY);
    sources.needs(Setting.TLS_KEY_PASSWORD, Setting.TLS_KEY);
    TlsFiles.checkIdentity(
        sources,
        Setting.TLS_CERT,
        certificate,
        Setting.TLS_KEY,
        key,
        Setting.TLS_KEY_PASSWORD,
        password);
    return certificate == null || key == null ? null : new Tls(certificate, key, password);
  }
}

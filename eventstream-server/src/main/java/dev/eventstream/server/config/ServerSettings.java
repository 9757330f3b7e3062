package dev.eventstream.server.config;

import dev.eventstream.Acknowledgement;
import dev.eventstream.ReservedMembers;
import dev.eventstream.server.guard.AdminKey;
import dev.eventstream.server.guard.ClientAddresses;
import dev.eventstream.server.guard.IngestKeys;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The server's settings, validated.
 *
 * @param idDirectory the directory of ID tables; null: none
 * @param idFile the file of IDs, instead of a directory; null: none
 * @param rejectUnknownValues whether an event without an ID is rejected
 * @param indices which index an event goes to, and what becomes of it
 * @param maxEventTypes the limit of distinct event types
 * @param indexTemplate the template for new indices
 * @param backup the backups of the indices
 */
public record ServerSettings(
    ClusterSettings cluster,
    Listen listen,
    Access access,
    Admin admin,
    Limits limits,
    @Nullable Path idDirectory,
    @Nullable Path idFile,
    boolean rejectUnknownValues,
    IndexSettings indices,
    int maxEventTypes,
    EventShape shape,
    IndexTemplateSettings indexTemplate,
    BackupSettings backup,
    Delivery delivery,
    Observation observation) {

  /**
   * The limits of one event.
   *
   * @param maxFields the limit of distinct fields
   * @param maxValues the limit of values at all depths
   * @param reservedMembers what happens to members that engines reserve
   */
  public record EventShape(int maxFields, int maxValues, ReservedMembers reservedMembers) {}

  /**
   * The addresses to listen on.
   *
   * @param port 0: any free port
   * @param adminPort 0: any free port; empty: no admin endpoints
   * @param tls null: HTTP without TLS
   */
  public record Listen(
      String host, int port, String adminHost, OptionalInt adminPort, @Nullable Tls tls) {}

  /**
   * The access to the admin port.
   *
   * @param key null: none is needed, and the admin API answers only on a loopback address
   * @param metricsNeedKey whether metrics and health need it, too
   */
  public record Admin(@Nullable Secret<AdminKey> key, boolean metricsNeedKey) {}

  /**
   * The server's certificate, in PEM files.
   *
   * @param certificate the certificate and its chain
   * @param keyPassword null: the key is not encrypted
   */
  public record Tls(Path certificate, Path key, @Nullable Secret<String> keyPassword) {}

  /**
   * The access to the publishing endpoints.
   *
   * @param keys the valid keys; null: no key is required
   * @param corsOrigins the permitted origins; {@code *}: all
   * @param eventsPerSecond the rate limit of a client; 0: none
   * @param trustedProxies addresses and networks
   * @param forwardedBy the header in which trusted proxies name their client
   */
  public record Access(
      @Nullable Secret<IngestKeys> keys,
      Set<String> corsOrigins,
      int eventsPerSecond,
      List<String> trustedProxies,
      ClientAddresses.Header forwardedBy) {

    public Access {
      corsOrigins = Set.copyOf(corsOrigins);
      trustedProxies = List.copyOf(trustedProxies);
    }
  }

  /**
   * The resource limits of the public endpoints.
   *
   * @param bodyBytes the size limit of a body
   * @param events the limit of events per request
   * @param headerBytes the size limit of a request's headers
   * @param connections the limit of open connections; empty: according to heap and open files
   * @param idleTimeout the time after which an idle connection is closed
   * @param bodyTimeout the time that a body may take at any speed
   * @param stopTimeout the time for which running requests are waited for
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
   * Delivery and spool.
   *
   * @param spoolMaxBytes the disk space that the spool may use
   * @param spoolMinFreeBytes the disk space that stays free
   * @param acknowledgement when an event is answered
   * @param timeout the time that the cluster may take
   * @param giveUpAfter the time for which a document may fail while the cluster accepts others;
   *     zero: without end
   * @param throttle the limit of documents per second; 0: none
   */
  public record Delivery(
      Path spoolDirectory,
      long spoolMaxBytes,
      long spoolMinFreeBytes,
      Acknowledgement acknowledgement,
      Duration timeout,
      Duration giveUpAfter,
      int throttle) {

    /** The directory of the spool or, before it is created, the closest one above it. */
    public Path existingDirectory() {
      Path existing = spoolDirectory.toAbsolutePath();
      while (!Files.exists(existing) && existing.getParent() != null) {
        existing = existing.getParent();
      }
      return existing;
    }
  }

  /**
   * Log and metrics.
   *
   * @param logFormat {@code text} or {@code json}
   * @param collector the URL of an OpenTelemetry collector for the metrics; null: none
   * @param interval the interval at which it gets them
   */
  public record Observation(String logFormat, @Nullable URI collector, Duration interval) {}

  private static final Path NOWHERE = Path.of("");

  /**
   * Reads the settings from environment variables, and from the file that they may name.
   *
   * @param environment names and values; an empty value counts as not set
   * @throws InvalidSettingsException with all faults, each with name, value and remedy
   */
  public static ServerSettings fromEnvironment(Map<String, String> environment)
      throws InvalidSettingsException {
    return of(SettingSources.of(List.of(), environment));
  }

  /**
   * Reads the settings from all sources.
   *
   * @throws InvalidSettingsException with all faults, each with name, value and remedy
   */
  public static ServerSettings of(SettingSources sources) throws InvalidSettingsException {
    sources.readOptional(Setting.CONFIG, Path.class);
    IndexSettings indices = IndexSettings.of(sources);
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
                sources.readSecret(Setting.AUTH, IngestKeys.class),
                sources.read(Setting.CORS_ORIGINS, Set.of()),
                sources.read(Setting.RATE_LIMIT, 0),
                sources.read(Setting.TRUSTED_PROXIES, List.of()),
                sources.read(Setting.FORWARDED_BY, ClientAddresses.Header.X_FORWARDED_FOR)),
            admin(sources),
            new Limits(
                sources.read(Setting.MAX_BODY_BYTES, 0L).intValue(),
                sources.read(Setting.MAX_EVENTS, 0),
                sources.read(Setting.MAX_HEADER_BYTES, 0L).intValue(),
                connections(sources),
                sources.read(Setting.IDLE_TIMEOUT, Duration.ZERO),
                sources.read(Setting.BODY_TIMEOUT, Duration.ZERO),
                sources.read(Setting.STOP_TIMEOUT, Duration.ZERO)),
            sources.readOptional(Setting.ID_DIR, Path.class),
            sources.readOptional(Setting.ID_FILE, Path.class),
            sources.read(Setting.UNKNOWN_VALUES, false),
            indices,
            sources.read(Setting.MAX_EVENT_TYPES, 0),
            new EventShape(
                sources.read(Setting.MAX_FIELDS, 0),
                sources.read(Setting.MAX_VALUES, 0),
                sources.read(Setting.RESERVED_MEMBERS, ReservedMembers.REJECT)),
            IndexTemplateSettings.of(sources, indices),
            BackupSettings.of(sources),
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
                sources.readOptional(Setting.OTLP_URL, URI.class),
                sources.read(Setting.OTLP_INTERVAL, Duration.ZERO)));
    sources.oneOf(Setting.ID_DIR, Setting.ID_FILE);
    sources.finish();
    return settings;
  }

  private static Admin admin(SettingSources sources) {
    boolean metricsNeedKey = sources.read(Setting.ADMIN_METRICS, false);
    if (metricsNeedKey) {
      sources.needs(Setting.ADMIN_METRICS, Setting.ADMIN_KEY);
    }
    return new Admin(sources.readSecret(Setting.ADMIN_KEY, AdminKey.class), metricsNeedKey);
  }

  private static Duration giveUpAfter(SettingSources sources) {
    Duration time = sources.readOptional(Setting.GIVE_UP_AFTER, Duration.class);
    return time == null ? Duration.ZERO : time;
  }

  private static OptionalInt connections(SettingSources sources) {
    Integer connections = sources.readOptional(Setting.MAX_CONNECTIONS, Integer.class);
    return connections == null ? OptionalInt.empty() : OptionalInt.of(connections);
  }

  private static @Nullable Tls tls(SettingSources sources) {
    Path certificate = sources.readOptional(Setting.TLS_CERT, Path.class);
    Path key = sources.readOptional(Setting.TLS_KEY, Path.class);
    Secret<String> password = sources.readSecret(Setting.TLS_KEY_PASSWORD, String.class);
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

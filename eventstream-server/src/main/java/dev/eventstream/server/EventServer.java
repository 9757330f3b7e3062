package dev.eventstream.server;

import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.EventStream;
import dev.eventstream.EventStreamBuilder;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.ElasticsearchSinkBuilder;
import dev.eventstream.es.indices.Rollover;
import dev.eventstream.id.DirectoryIdResolver;
import dev.eventstream.internal.CredentialMask;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.opentelemetry.EventStreamTracing;
import dev.eventstream.server.admin.Activity;
import dev.eventstream.server.admin.AdminApi;
import dev.eventstream.server.admin.Jobs;
import dev.eventstream.server.config.BackupSettings;
import dev.eventstream.server.config.IndexSettings;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.guard.AdminAccess;
import dev.eventstream.server.guard.ClientAddresses;
import dev.eventstream.server.health.HealthzEndpoint;
import dev.eventstream.server.http.HttpLimits;
import dev.eventstream.server.http.HttpServer;
import dev.eventstream.server.http.Routes;
import dev.eventstream.server.metrics.Metrics;
import dev.eventstream.spi.IndexPattern;
import dev.eventstream.spool.MapDbIdResolver;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.spool.ServerNote;
import dev.eventstream.tls.TlsSettings;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.TracerProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.eclipse.jetty.server.Handler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running server, assembled from its settings. Thread-safe. */
public final class EventServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventServer.class);
  private static final String LISTEN_REMEDY =
      "EVENTSTREAM_HOST and EVENTSTREAM_PORT to a free port of an address of this machine";
  private static final String ADMIN_REMEDY =
      "EVENTSTREAM_ADMIN_HOST and EVENTSTREAM_ADMIN_PORT to a free port of an address of this"
          + " machine, or the port to off";
  private static final String VERSION =
      Objects.requireNonNullElse(
          EventServer.class.getPackage().getImplementationVersion(), "unreleased");

  private final IndexUpkeep indexUpkeep;
  private final BackupSchedule backups;
  private final EventStream stream;
  private final Path directory; // of its spool
  private final HttpEndpoints http;
  private final Jobs jobs;
  private final @Nullable HttpServer admin;
  private final Metrics metrics;
  private final ServerSettings.Listen listen;

  private EventServer(
      IndexUpkeep indexUpkeep,
      BackupSchedule backups,
      EventStream stream,
      Path directory,
      HttpEndpoints http,
      Jobs jobs,
      @Nullable HttpServer admin,
      Metrics metrics,
      ServerSettings.Listen listen) {
    this.indexUpkeep = indexUpkeep;
    this.backups = backups;
    this.stream = stream;
    this.directory = directory;
    this.http = http;
    this.jobs = jobs;
    this.admin = admin;
    this.metrics = metrics;
    this.listen = listen;
  }

  /**
   * Starts the server. The cluster need not be reachable yet.
   *
   * @throws IllegalArgumentException if a setting is not valid; with its value and the remedy
   * @throws IOException if the ID tables cannot be read, or a port is in use
   */
  public static EventServer start(ServerSettings settings) throws IOException {
    Metrics metrics = metrics(settings.observation());
    Optional<Rollover> rollover = settings.indices().newRollover();
    IndexTemplateAtStart indexTemplate = new IndexTemplateAtStart(settings.indexTemplate());
    List<String> patterns = settings.indexTemplate().patterns();
    IndexUpkeep indexUpkeep =
        new IndexUpkeep(settings.indices(), patterns, rollover, metrics.indices());
    BackupSchedule backups = new BackupSchedule(settings.backup(), patterns);
    try {
      return start(settings, metrics, indexTemplate, indexUpkeep, backups, rollover);
    } catch (IOException | RuntimeException e) {
      backups.close();
      indexUpkeep.close();
      metrics.close();
      throw e;
    }
  }

  private static EventServer start(
      ServerSettings settings,
      Metrics metrics,
      IndexTemplateAtStart indexTemplate,
      IndexUpkeep indexUpkeep,
      BackupSchedule backups,
      Optional<Rollover> rollover)
      throws IOException {
    ServerSettings.Listen listen = settings.listen();
    checkHosts(listen);
    Activity activity = new Activity(listener(metrics));
    Opened opened =
        open(
            settings,
            transformer(settings, metrics, rollover),
            activity,
            rollover,
            indexTemplate,
            indexUpkeep::begin,
            false);
    EventStream stream = opened.stream();
    Jobs jobs = new Jobs(stream, opened.directory());
    HttpEndpoints http = null;
    HttpServer admin = null;
    try {
      http =
          listening(
              () ->
                  HttpEndpoints.start(
                      stream, options(settings), metrics, limits(settings.limits())),
              listen.host() + ":" + listen.port(),
              LISTEN_REMEDY);
      metrics.watch(stream);
      metrics.watchConnections(http::connections);
      metrics.watchRequestMemory(http::requestMemory);
      metrics.watchDisk(settings.delivery().spoolDirectory());
      admin =
          listen.adminPort().isEmpty()
              ? null
              : admin(settings, stream, activity, jobs, http.probes(), metrics);
      leaveNote(
          opened.directory(), admin == null ? null : url(listen.adminHost(), admin.port(), "http"));
      tellIfClusterIsAway(stream);
      backups.begin(() -> BackupSettings.sink(settings.cluster()), metrics);
      return new EventServer(
          indexUpkeep, backups, stream, opened.directory(), http, jobs, admin, metrics, listen);
    } catch (IOException | RuntimeException e) {
      try {
        close(http);
      } finally {
        try {
          jobs.close();
          stream.close();
        } finally {
          close(admin);
        }
      }
      throw e;
    }
  }

  /** A full disk does not prevent the start: the cluster may accept documents. */
  private static void leaveNote(Path directory, @Nullable String adminUrl) {
    try {
      ServerNote.write(directory, adminUrl);
    } catch (IOException e) {
      LOG.warn(
          "Commands on {} do not find this server; name its admin port with --url: {}",
          directory,
          e.toString());
    }
  }

  private static HttpServer admin(
      ServerSettings settings,
      EventStream stream,
      Activity activity,
      Jobs jobs,
      Map<String, Handler> probes,
      Metrics metrics)
      throws IOException {
    String host = settings.listen().adminHost();
    int port = settings.listen().adminPort().orElseThrow();
    HttpLimits limits = limits(settings.limits()).forOperators();
    boolean loopback = InetAddress.getByName(host).isLoopbackAddress();
    AdminAccess access = new AdminAccess(settings.admin().key(), host, loopback, limits.pace());
    if (!loopback && settings.admin().key() == null) {
      LOG.warn(
          "EVENTSTREAM_ADMIN_HOST is {}, and there is no EVENTSTREAM_ADMIN_KEY: the admin port"
              + " answers metrics and health only",
          host);
    }
    Handler health = new HealthzEndpoint(stream, VERSION);
    Map<String, Handler> open = new HashMap<>(probes);
    boolean guarded = settings.admin().metricsNeedKey();
    open.put("/healthz", guarded ? access.guard(health) : health);
    open.put("/metrics", guarded ? access.guard(metrics.handler()) : metrics.handler());
    Routes routes = AdminApi.routes(stream, VERSION, activity, jobs, open, access, limits);
    return listening(
        () -> HttpServer.forOperators(host, port, limits, routes), host + ":" + port, ADMIN_REMEDY);
  }

  /** Logs at the start, and not with the first event, that the cluster cannot be reached. */
  private static void tellIfClusterIsAway(EventStream stream) {
    var unused =
        stream
            .checkSink()
            .exceptionally(
                failure -> {
                  Throwable cause = failure.getCause() == null ? failure : failure.getCause();
                  LOG.warn(
                      "The cluster does not accept requests; events are spooled until it does: {}",
                      CredentialMask.message(String.valueOf(cause.getMessage())));
                  return null;
                });
  }

  private static Metrics metrics(ServerSettings.Observation observation) {
    return observation.collector() == null
        ? Metrics.create(VERSION)
        : Metrics.create(VERSION, observation.collector(), observation.interval());
  }

  private static HttpOptions options(ServerSettings settings) {
    ServerSettings.Access access = settings.access();
    return new HttpOptions(
        settings.listen().host(),
        settings.listen().port(),
        access.keys(),
        access.corsOrigins(),
        access.eventsPerSecond(),
        ClientAddresses.behind(access.trustedProxies(), access.forwardedBy()),
        tls(settings.listen().tls()),
        GlobalOpenTelemetry.get());
  }

  private static HttpLimits limits(ServerSettings.Limits limits) {
    HttpLimits usual = HttpLimits.ofThisProcess();
    int connections = limits.connections().orElse(usual.connections());
    return usual
        .withRequest(limits.bodyBytes(), limits.events(), limits.headerBytes())
        .withRoom(connections, usual.memoryBytes())
        .withTimes(limits.idleTimeout(), limits.bodyTimeout(), limits.stopTimeout());
  }

  private static @Nullable TlsSettings tls(ServerSettings.@Nullable Tls tls) {
    if (tls == null) {
      return null;
    }
    TlsSettings.Identity identity =
        new TlsSettings.Identity(tls.certificate(), tls.key(), tls.keyPassword());
    return new TlsSettings(null, null, identity, true);
  }

  private static void checkHosts(ServerSettings.Listen listen) throws IOException {
    checkHost("EVENTSTREAM_HOST", listen.host());
    if (listen.adminPort().isPresent()) {
      checkHost("EVENTSTREAM_ADMIN_HOST", listen.adminHost());
    }
  }

  private static void checkHost(String setting, String host) throws IOException {
    try {
      InetAddress unused = InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IOException(
          setting
              + " is \""
              + CredentialMask.message(host)
              + "\": this name has no address; write an address of this machine, such as 127.0.0.1, or"
              + " 0.0.0.0 for all of them",
          e);
    }
  }

  private static <T> T listening(Callable<T> start, String address, String remedy)
      throws IOException {
    try {
      return start.call();
    } catch (IOException e) {
      throw new IOException(
          "cannot listen on " + address + " (" + rootCause(e).getMessage() + "); set " + remedy, e);
    } catch (IllegalArgumentException e) {
      throw e; // a file that a setting names has changed since the settings were checked
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
   * Opens what {@link #start} would read, and closes it again. Opens neither the spool nor the
   * ports, which a running server may use, but checks that there can be files in the directory of
   * the spool, and that the addresses are of this machine.
   *
   * @throws IllegalArgumentException if a setting is not valid; with its value and the remedy
   * @throws IOException if the IDs cannot be read, the host to listen on is unknown or of another
   *     machine, or the directory of the spool cannot be used
   */
  public static void check(ServerSettings settings) throws IOException {
    checkHosts(settings.listen());
    checkAddress(settings.listen().host(), LISTEN_REMEDY);
    if (settings.listen().adminPort().isPresent()) {
      checkAddress(settings.listen().adminHost(), ADMIN_REMEDY);
    }
    Optional<Rollover> rollover = settings.indices().newRollover();
    transformer(settings, null, rollover).close();
    sink(settings, rollover).close();
    checkSpool(settings.delivery());
  }

  private static void checkAddress(String host, String remedy) throws IOException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(host, 0)); // any free port
    } catch (IOException e) {
      throw new IOException(
          "cannot listen on " + host + " (" + e.getMessage() + "); set " + remedy, e);
    }
  }

  /** Creates and deletes a directory where the spool is or will be. */
  private static void checkSpool(ServerSettings.Delivery delivery) throws IOException {
    Path existing = delivery.existingDirectory();
    try {
      Files.delete(Files.createTempDirectory(existing, ".eventstream-check"));
    } catch (IOException e) {
      throw unusable(
          delivery.spoolDirectory(),
          "there can be no files in "
              + existing
              + " ("
              + e.getClass().getSimpleName()
              + "): give a directory that is writable",
          e);
    }
  }

  private static IOException unusable(Path spool, @Nullable String reason, IOException cause) {
    return new IOException("EVENTSTREAM_SPOOL_DIR is \"" + spool + "\": " + reason, cause);
  }

  /**
   * Opens the stream of a server with these settings, without the server.
   *
   * @param listener is notified of what the stream does
   * @throws IllegalArgumentException if a setting is not valid; with its value and the remedy
   * @throws IOException if the IDs cannot be read, or the spool cannot be opened
   */
  public static EventStream stream(ServerSettings settings, StreamListener listener)
      throws IOException {
    return stream(settings, listener, false);
  }

  /**
   * As {@link #stream}, with everything that servers that are gone have left in the spool.
   *
   * @throws IOException also if there is nothing; nothing is created then
   */
  public static EventStream streamOfStopped(ServerSettings settings, StreamListener listener)
      throws IOException {
    return stream(settings, listener, true);
  }

  private static EventStream stream(
      ServerSettings settings, StreamListener listener, boolean existing) throws IOException {
    Optional<Rollover> rollover = settings.indices().newRollover();
    return open(
        settings,
        transformer(settings, null, rollover),
        listener,
        rollover,
        new IndexTemplateAtStart(settings.indexTemplate()),
        sink -> rollover.ifPresent(known -> findGenerations(known, sink)),
        existing)
        .stream();
  }

  private static void findGenerations(Rollover rollover, ElasticsearchSink sink) {
    try {
      rollover.update(sink);
    } catch (IOException e) {
      LOG.warn("Events go to the first generation of their index: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * A stream.
   *
   * @param directory of its spool
   */
  private record Opened(EventStream stream, Path directory) {}

  /**
   * Opens the stream.
   *
   * @param transformer is closed if this fails
   * @param indexTemplate is begun, and closed with the stream
   * @param prepare gets the sink before anything is written to it
   * @param existing see {@link MapDbSpool.Builder#existing}
   */
  private static Opened open(
      ServerSettings settings,
      DefaultEventTransformer transformer,
      StreamListener listener,
      Optional<Rollover> rollover,
      IndexTemplateAtStart indexTemplate,
      Consumer<ElasticsearchSink> prepare,
      boolean existing)
      throws IOException {
    ServerSettings.Delivery delivery = settings.delivery();
    ElasticsearchSink sink = null;
    MapDbSpool spool = null;
    try {
      sink = sink(settings, rollover);
      spool = spool(delivery, existing);
      indexTemplate.begin(sink);
      prepare.accept(sink);
      EventStreamBuilder stream =
          EventStream.builder()
              .sink(indexTemplate.before(sink))
              .transformer(transformer)
              .spool(spool)
              .acknowledge(delivery.acknowledgement())
              .deliveryTimeout(delivery.timeout())
              .giveUpAfter(delivery.giveUpAfter())
              .listener(listener);
      if (delivery.throttle() > 0) {
        stream.throttle(delivery.throttle());
      }
      return new Opened(stream.build(), spool.directory());
    } catch (IOException | RuntimeException e) {
      indexTemplate.close();
      transformer.close();
      if (spool != null) {
        spool.close();
      }
      if (sink != null) {
        sink.close();
      }
      throw e;
    }
  }

  private static StreamListener listener(Metrics metrics) {
    OpenTelemetry openTelemetry = GlobalOpenTelemetry.get();
    return openTelemetry.getTracerProvider() == TracerProvider.noop()
        ? metrics.listener()
        : EventStreamTracing.of(openTelemetry, metrics.listener());
  }

  private static MapDbSpool spool(ServerSettings.Delivery delivery, boolean existing)
      throws IOException {
    MapDbSpool.Builder spool =
        MapDbSpool.builder(delivery.spoolDirectory())
            .maxBytes(delivery.spoolMaxBytes())
            .minFreeBytes(delivery.spoolMinFreeBytes());
    try {
      return existing ? spool.existing().open() : spool.open();
    } catch (IOException e) {
      throw unusable(delivery.spoolDirectory(), e.getMessage(), e);
    }
  }

  private static ElasticsearchSink sink(ServerSettings settings, Optional<Rollover> rollover) {
    ElasticsearchSinkBuilder sink = settings.cluster().sink();
    IndexSettings indices = settings.indices();
    if (indices.repeatWindow().isZero()) {
      return sink.build();
    }
    if (rollover.isPresent()) {
      sink.recogniseRepeats(rollover.get());
    } else {
      sink.recogniseRepeats(IndexPattern.parse(indices.pattern()), indices.repeatWindow());
    }
    return sink.build();
  }

  private static DefaultEventTransformer transformer(
      ServerSettings settings, @Nullable Metrics metrics, Optional<Rollover> rollover)
      throws IOException {
    DefaultEventTransformer.Builder transformer =
        DefaultEventTransformer.builder()
            .index(settings.indices().pattern())
            .timestampWindow(settings.indices().maxAge(), settings.indices().maxAhead())
            .allowedEventTypes(settings.indices().eventTypes())
            .maxEventTypes(settings.maxEventTypes())
            .maxFields(settings.shape().maxFields())
            .maxValues(settings.shape().maxValues())
            .reservedMembers(settings.shape().reservedMembers())
            .rejectUnknownValues(settings.rejectUnknownValues());
    rollover.ifPresent(transformer::generations);
    transformer.build(); // reports settings that are not valid before a thread is started
    if (settings.idDirectory() != null) {
      DirectoryIdResolver ids =
          ids(
              "EVENTSTREAM_ID_DIR",
              settings.idDirectory(),
              DirectoryIdResolver::open,
              "; correct it, or remove the file");
      transformer.idResolver(ids);
      if (metrics != null) {
        metrics.watch(ids);
      }
    } else if (settings.idFile() != null) {
      transformer.idResolver(
          ids("EVENTSTREAM_ID_FILE", settings.idFile(), MapDbIdResolver::open, ""));
    }
    return transformer.build();
  }

  private interface Opener<T> {
    T open(Path path) throws IOException;
  }

  private static <T> T ids(String setting, Path path, Opener<T> opener, String remedy)
      throws IOException {
    try {
      return opener.open(path);
    } catch (IOException e) {
      throw new IOException(setting + " is \"" + path + "\": " + e.getMessage() + remedy, e);
    }
  }

  /** The server's URL for clients on this machine. */
  public String url() {
    return url(listen.host(), port(), listen.tls() == null ? "http" : "https");
  }

  private static String url(String host, int port, String scheme) {
    String reachable = host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host;
    return scheme
        + "://"
        + (reachable.contains(":") ? "[" + reachable + "]" : reachable)
        + ":"
        + port;
  }

  /** The port that it listens on. */
  public int port() {
    return http.port();
  }

  /** The admin port; empty: there is none. */
  public OptionalInt adminPort() {
    return admin == null ? OptionalInt.empty() : OptionalInt.of(admin.port());
  }

  /**
   * Accepts no new requests, answers running ones, and closes everything. The admin port answers
   * until the end.
   */
  @Override
  public void close() {
    LOG.info(
        "Stopping: no more requests are accepted; {} bytes of accepted events are in flight",
        stream.state().inFlightBytes());
    indexUpkeep.close();
    backups.close();
    try {
      close(http);
    } finally {
      try {
        jobs.close();
        ServerNote.delete(directory);
        stream.close();
        LOG.info("Stopped: {} documents wait in the spool", stream.backlog().spool().documents());
      } finally {
        try {
          close(admin);
        } finally {
          metrics.close();
        }
      }
    }
  }
}

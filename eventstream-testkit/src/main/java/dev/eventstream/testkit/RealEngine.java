package dev.eventstream.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A real engine in a process of its own: one node, on 127.0.0.1 only, without security. Several
 * nodes that form a cluster are a {@link RealCluster}.
 *
 * <pre>{@code
 * try (RealEngine engine = RealEngine.start("opensearch:2.19.6")) {
 *   engine.client().request("PUT", "/events/_doc/1", "{\"eventType\":\"click\"}").orThrow();
 *   engine.kill();
 *   engine.restart();
 *   assert engine.client().count("events") == 1;
 * }
 * }</pre>
 *
 * <p>The engine's files come from the local Maven repository or, the first time, from the remote
 * ones that the user's Maven settings name. A start takes some seconds.
 *
 * <p>The engine ends with this JVM, however this ends, also by SIGKILL. Several engines may run at
 * once, of the same kind too; their nodes do not find each other, except those of a cluster.
 *
 * <p>Thread-safe. Methods that start or end the engine wait for each other; the others do not wait.
 */
public final class RealEngine implements AutoCloseable {

  private static final int TRIES_FOR_PORTS = 5;

  private final NodePlan plan;
  private final Path dataDirectory;
  private final boolean keepsData;
  private final Duration startTimeout;
  private final int port;
  private final EngineClient client;

  /** Written under this object's monitor. */
  private volatile EngineProcess process;

  /** Guarded by this object's monitor. */
  private int transportPort;

  /** Guarded by this object's monitor. */
  private boolean closed;

  private RealEngine(Builder builder, NodePlan plan, Started started) {
    this.plan = plan;
    this.dataDirectory = plan.root();
    this.keepsData = builder.dataDirectory != null;
    this.startTimeout = builder.startTimeout;
    this.port = started.port;
    this.transportPort = started.transportPort;
    this.process = started.process;
    this.client = new EngineClient(started.process.url());
  }

  /** A node that answers, and its ports. */
  private record Started(EngineProcess process, int port, int transportPort) {

    /**
     * Starts a node, again with other ports where another program was quicker to take them.
     *
     * @param httpPort the port it must have, or 0 for any
     * @param transportPort the port to try first
     */
    static Started on(NodePlan plan, int httpPort, int transportPort, Duration timeout) {
      int transport = transportPort;
      for (int i = 0; i < TRIES_FOR_PORTS; i++) {
        int http = httpPort == 0 ? LoopbackPort.next() : httpPort;
        requireFree(httpPort, plan.recipe().engine()); // at once, not after seconds
        EngineProcess process = EngineProcess.launch(plan, http, transport);
        if (process.awaitReady(timeout)) {
          return new Started(process, http, transport);
        }
        transport = LoopbackPort.next();
      }
      throw new EngineStartException(
          "%s found its ports taken %d times; its log is %s"
              .formatted(plan.recipe().engine(), TRIES_FOR_PORTS, plan.log()));
    }
  }

  /**
   * Starts an engine with every setting at its default.
   *
   * @param specification product and version, as {@link Engine#of} reads them
   * @return the engine, ready for requests
   * @throws IllegalArgumentException if there is no such engine
   * @throws EngineUnavailableException if it cannot run on this machine as it is
   * @throws EngineStartException if it does not start
   */
  public static RealEngine start(String specification) {
    return builder(specification).start();
  }

  /**
   * Prepares an engine.
   *
   * @param specification product and version, as {@link Engine#of} reads them
   * @return a builder with every setting at its default
   * @throws IllegalArgumentException if there is no such engine
   */
  public static Builder builder(String specification) {
    return builder(Engine.of(specification));
  }

  /**
   * Prepares an engine.
   *
   * @param engine the engine
   * @return a builder with every setting at its default
   */
  public static Builder builder(Engine engine) {
    return new Builder(engine);
  }

  /**
   * Which engine this is.
   *
   * @return product and version
   */
  public Engine engine() {
    return plan.recipe().engine();
  }

  /**
   * Where the engine answers. It stays the same over restarts.
   *
   * @return the root URL, such as {@code http://127.0.0.1:9200}
   */
  public URI url() {
    return process.url();
  }

  /**
   * The HTTP port. It stays the same over restarts.
   *
   * @return a port from 1 to 65535
   */
  public int port() {
    return port;
  }

  /**
   * The process id of the engine, the last one's if the engine is not running. Each start has a new
   * one.
   *
   * @return the process id
   */
  public long pid() {
    return process.pid();
  }

  /**
   * The engine's log, which all starts append to. It lies in the {@link #dataDirectory()}, and goes
   * with it.
   *
   * @return the file's path
   */
  public Path log() {
    return plan.log();
  }

  /**
   * Where the engine keeps its data.
   *
   * @return the directory given to the builder, or a temporary one that {@link #close()} deletes
   */
  public Path dataDirectory() {
    return dataDirectory;
  }

  /**
   * Whether the engine's process is alive.
   *
   * @return false after {@link #kill()}, {@link #stop()}, {@link #close()} or the engine's own end
   */
  public boolean isRunning() {
    return process.isAlive();
  }

  /**
   * A client of this engine. It works again after a restart.
   *
   * @return always the same client
   */
  public EngineClient client() {
    return client;
  }

  /**
   * Ends the engine as {@code kill -9} does: at once, in the middle of what it does. Returns when
   * the process is gone. Does nothing if the engine is not running.
   */
  public synchronized void kill() {
    process.kill();
  }

  /**
   * Ends the engine gracefully, or forcibly if its node takes longer than 10 seconds to close.
   * Returns when the process is gone. Does nothing if the engine is not running.
   *
   * <p>The first time that an engine ends so on a machine, it takes some seconds more, to keep what
   * makes later starts quick.
   */
  public synchronized void stop() {
    process.stop();
  }

  /**
   * Starts the engine again, on the same port and data, after {@linkplain #stop() stopping} it if
   * it is running. Returns when it is ready for requests.
   *
   * @throws IllegalStateException if this is closed
   * @throws EngineStartException if the engine does not start, or another program has taken its
   *     port; it may be tried again
   */
  public synchronized void restart() {
    if (closed) {
      throw new IllegalStateException(engine() + " is closed: its data may be gone.");
    }
    process.stop();
    Started again = Started.on(plan, port, transportPort, startTimeout);
    process = again.process;
    transportPort = again.transportPort;
  }

  /**
   * Ends the engine as {@link #stop()} does, and deletes its files, except in a data directory that
   * was given. Does nothing the second time.
   *
   * @throws UncheckedIOException if files cannot be deleted
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    process.stop();
    try {
      CacheDirectory.deleteTree(plan.work());
      if (!keepsData) {
        CacheDirectory.deleteTree(dataDirectory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Names the engine and its URL.
   *
   * @return such as {@code opensearch:2.19.6 at http://127.0.0.1:9200}
   */
  @Override
  public String toString() {
    return engine() + " at " + url();
  }

  private static void requireFree(int port, Engine engine) {
    if (port != 0 && !LoopbackPort.isFree(port)) {
      throw new EngineStartException(
          "%s cannot start: port %d on 127.0.0.1 is in use. End the program that has it, or choose"
                  .formatted(engine, port)
              + " another port; 0 takes a free one.");
    }
  }

  /** Settings of an engine before its start. Not thread-safe; may be used for several starts. */
  public static final class Builder {

    private static final Pattern HEAP = Pattern.compile("[1-9]\\d{0,8}[kKmMgG]");

    private final Engine engine;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final List<String> jvmOptions = new ArrayList<>();
    private int port;
    private @Nullable Path dataDirectory;
    private String heap = "256m";
    private Duration startTimeout = Duration.ofSeconds(60);
    private boolean ingestProcessors;

    private Builder(Engine engine) {
      this.engine = engine;
    }

    /**
     * The HTTP port on 127.0.0.1. Default: 0.
     *
     * @param port a port from 1 to 65535, or 0 for a free one
     * @return this
     * @throws IllegalArgumentException if the port is out of range
     */
    public Builder port(int port) {
      if (port < 0 || port > 65_535) {
        throw new IllegalArgumentException("port must be 0 to 65535, not " + port);
      }
      this.port = port;
      return this;
    }

    /**
     * Where the engine keeps data and log. It is created if need be, and kept; an engine of the
     * same version may be started on it again. Default: a temporary directory, deleted at the end.
     *
     * @param directory a directory of which one engine at a time makes use
     * @return this
     */
    public Builder dataDirectory(Path directory) {
      this.dataDirectory = directory.toAbsolutePath();
      return this;
    }

    /**
     * The largest heap of the engine's JVM. Default: 256m.
     *
     * @param heap a number with the unit k, m or g, such as {@code 512m}; engines need some 128m
     * @return this
     * @throws IllegalArgumentException if it is not such a number
     */
    public Builder heap(String heap) {
      if (!HEAP.matcher(heap).matches()) {
        throw new IllegalArgumentException("heap must be like 512m or 1g, not '" + heap + "'");
      }
      this.heap = heap;
      return this;
    }

    /**
     * A setting of the node, as in {@code elasticsearch.yml} or {@code opensearch.yml}; it replaces
     * the testkit's own of the same name. The engine refuses to start with a setting that it does
     * not know.
     *
     * @param name the full name, such as {@code http.max_content_length}
     * @param value the value; a list's elements are separated by commas
     * @return this
     * @throws IllegalArgumentException for {@code http.port} and {@code path.data}, which have
     *     methods of their own
     */
    public Builder setting(String name, String value) {
      if (name.equals("http.port") || name.equals("path.data")) {
        throw new IllegalArgumentException(
            "Use " + (name.equals("http.port") ? "port()" : "dataDirectory()") + " for " + name);
      }
      settings.put(name, value);
      return this;
    }

    /**
     * An option of the engine's JVM, after the testkit's own. These make for a quick start: for
     * measuring, {@code -XX:TieredStopAtLevel=4} brings back the JVM's best code.
     *
     * @param option the option, such as {@code -Xlog:gc}
     * @return this
     */
    public Builder jvmOption(String option) {
      jvmOptions.add(option);
      return this;
    }

    /**
     * Gives the engine ingest processors, of which it has none by default. OpenSearch and
     * Elasticsearch 6 get the engine's own module; Elasticsearch 7 and 8 get only {@code drop},
     * {@code set} and {@code fail}, and need a JDK to compile them at their first start. There are
     * no script languages, and so neither conditions nor templates in the processors' options.
     *
     * @return this
     */
    public Builder ingestProcessors() {
      this.ingestProcessors = true;
      return this;
    }

    /**
     * How long a start may take until the engine answers and its cluster's health is at least
     * yellow; fetching the engine's files the first time does not count. Default: 60 seconds.
     *
     * @param timeout a positive duration
     * @return this
     * @throws IllegalArgumentException if the duration is not positive
     */
    public Builder startTimeout(Duration timeout) {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("startTimeout must be positive, not " + timeout);
      }
      this.startTimeout = timeout;
      return this;
    }

    /**
     * Starts the engine and waits until it is ready for requests.
     *
     * @return the engine; close it
     * @throws EngineUnavailableException if it cannot run on this machine as it is
     * @throws EngineStartException if it does not start: its files cannot be had, its port is in
     *     use, its process ends, or the time is over
     */
    public RealEngine start() {
      requireFree(port, engine); // before anything is fetched
      return start(plan(recipe()), LoopbackPort.next());
    }

    private EngineRecipe recipe() {
      EngineRecipe plain = EngineRecipe.of(engine);
      return ingestProcessors ? plain.withIngest() : plain;
    }

    /** Makes all ready for a start: fetches files, makes directories. */
    NodePlan plan(EngineRecipe recipe) {
      JavaInstallation java = JavaInstallation.atLeast(recipe.oldestJdk(), engine);
      try {
        CacheDirectory cache = CacheDirectory.ofUser();
        EngineFiles files = EngineFiles.of(recipe, cache);
        Path launcher = LauncherJar.in(cache);
        Path work = Files.createTempDirectory("eventstream-testkit-").toRealPath();
        Path root =
            dataDirectory == null
                ? work.resolveSibling(work.getFileName() + "-data")
                : dataDirectory;
        Files.createDirectories(root);
        return new NodePlan(
            recipe,
            files,
            launcher,
            java,
            ClassArchive.of(engine, java, launcher + files.path(), cache),
            heap,
            List.copyOf(jvmOptions),
            Map.copyOf(settings),
            work,
            root.resolve("data"),
            root.resolve("engine.log"));
      } catch (IOException e) {
        throw new EngineStartException(
            "Cannot prepare the files of "
                + engine
                + ": "
                + e
                + ". The system property "
                + CacheDirectory.PROPERTY
                + " moves the cache.",
            e);
      }
    }

    /**
     * Starts what was planned, waits until it is ready for requests, and cleans up if it does not.
     *
     * @param transportPort the port to try first
     */
    RealEngine start(NodePlan plan, int transportPort) {
      try {
        return new RealEngine(this, plan, Started.on(plan, port, transportPort, startTimeout));
      } catch (RuntimeException e) {
        discard(plan, e);
        throw e;
      }
    }

    private void discard(NodePlan plan, RuntimeException reason) {
      try {
        CacheDirectory.deleteTree(plan.work());
        if (dataDirectory == null) {
          CacheDirectory.deleteTree(plan.data()); // the log stays, for the reader of the failure
        }
      } catch (IOException e) {
        reason.addSuppressed(e);
      }
    }
  }
}

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
 * <p>The engine's files come from the local Maven repository; missing ones are downloaded from the
 * remote repositories of the user's Maven settings. A start takes some seconds.
 *
 * <p>The engine ends when this JVM ends for any reason, including SIGKILL. Several engines may run
 * concurrently, also of the same kind; their nodes do not find each other, except those of a
 * cluster.
 *
 * <p>Thread-safe. Methods that start or stop the engine exclude each other; the others do not
 * block.
 */
public final class RealEngine implements AutoCloseable {

  private static final int TRIES_FOR_PORTS = 5;

  /** Written under this object's monitor. */
  private volatile NodePlan plan;

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
     * Starts a node. Retries with other ports if another program has taken them meanwhile.
     *
     * @param httpPort the required port, or 0 for any
     * @param transportPort the port to try first
     */
    static Started on(NodePlan plan, int httpPort, int transportPort, Duration timeout) {
      int transport = transportPort;
      for (int i = 0; i < TRIES_FOR_PORTS; i++) {
        int http = httpPort == 0 ? LoopbackPort.next() : httpPort;
        requireFree(httpPort, plan.recipe().engine()); // fails immediately instead of after seconds
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
   * Starts an engine with default settings.
   *
   * @param specification product and version, as accepted by {@link Engine#of}
   * @return the engine, ready for requests
   * @throws IllegalArgumentException if there is no such engine
   * @throws EngineUnavailableException if it cannot run on this machine
   * @throws EngineStartException if it does not start
   */
  public static RealEngine start(String specification) {
    return builder(specification).start();
  }

  /**
   * Returns a builder with default settings.
   *
   * @param specification product and version, as accepted by {@link Engine#of}
   * @throws IllegalArgumentException if there is no such engine
   */
  public static Builder builder(String specification) {
    return builder(Engine.of(specification));
  }

  /** Returns a builder with default settings. */
  public static Builder builder(Engine engine) {
    return new Builder(engine);
  }

  /** Returns product and version of the engine. */
  public Engine engine() {
    return plan.recipe().engine();
  }

  /** Returns the root URL, such as {@code http://127.0.0.1:9200}. It is unchanged by restarts. */
  public URI url() {
    return process.url();
  }

  /** Returns the HTTP port. It is unchanged by restarts. */
  public int port() {
    return port;
  }

  /**
   * Returns the process ID of the engine, or of its last process if it is not running. Each start
   * has a new one.
   */
  public long pid() {
    return process.pid();
  }

  /**
   * Returns the engine's log file, which all starts append to. It is in the {@link
   * #dataDirectory()} and is deleted with it.
   */
  public Path log() {
    return plan.log();
  }

  /**
   * Returns the directory given to the builder, or a temporary one that {@link #close()} deletes.
   */
  public Path dataDirectory() {
    return dataDirectory;
  }

  /**
   * Returns the directory below which the engine can write snapshots ({@code path.repo}), unless a
   * setting replaces it. It is in the {@link #dataDirectory()} and is deleted with it.
   */
  public Path repositories() {
    return plan.repositories();
  }

  /** Returns whether the engine's process is alive. */
  public boolean isRunning() {
    return process.isAlive();
  }

  /**
   * Returns the client of this engine, always the same one. It can be used again after a restart.
   */
  public EngineClient client() {
    return client;
  }

  /**
   * Kills the engine immediately, like {@code kill -9}. Returns when the process has ended. Does
   * nothing if the engine is not running.
   */
  public synchronized void kill() {
    process.kill();
  }

  /**
   * Stops the engine gracefully, or kills it if its node takes longer than 10 seconds to close.
   * Returns when the process has ended. Does nothing if the engine is not running.
   *
   * <p>The first time that an engine is stopped on a machine, it takes some seconds longer to write
   * an archive that speeds up later starts.
   */
  public synchronized void stop() {
    process.stop();
  }

  /**
   * Starts the engine again with the same port and data. If it is running, it is {@linkplain
   * #stop() stopped} first. Returns when it is ready for requests.
   *
   * @throws IllegalStateException if this is closed
   * @throws EngineStartException if the engine does not start, or another program has taken its
   *     port; the call may be repeated
   */
  public synchronized void restart() {
    if (closed) {
      throw new IllegalStateException(engine() + " is closed: its data may have been deleted.");
    }
    process.stop();
    Started again = Started.on(plan, port, transportPort, startTimeout);
    process = again.process;
    transportPort = again.transportPort;
  }

  /** Restarts with the same port and directories as another version. */
  synchronized void restartAs(Builder builder, EngineRecipe recipe) {
    NodePlan other = builder.plan(recipe, plan.work(), plan.root());
    process.stop();
    plan = other;
    restart();
  }

  /**
   * Stops the engine as {@link #stop()} does, and deletes its files, except in a data directory
   * given by the caller. Idempotent.
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

  /** Returns the engine and its URL, such as {@code opensearch:2.19.6 at http://127.0.0.1:9200}. */
  @Override
  public String toString() {
    return engine() + " at " + url();
  }

  private static void requireFree(int port, Engine engine) {
    if (port != 0 && !LoopbackPort.isFree(port)) {
      throw new EngineStartException(
          "%s cannot start: port %d on 127.0.0.1 is in use. Stop the program that uses it, or choose"
                  .formatted(engine, port)
              + " another port; 0 selects a free one.");
    }
  }

  /** Settings of an engine. Not thread-safe; may be used for several starts. */
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
     * Sets the HTTP port on 127.0.0.1. Default: 0.
     *
     * @param port a port from 1 to 65535, or 0 for a free one
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
     * Sets the directory for data and log. It is created if necessary, and kept; an engine of the
     * same version can be started with it again. Default: a temporary directory, which is deleted
     * by {@link RealEngine#close()}.
     *
     * @param directory a directory that only one engine uses at a time
     */
    public Builder dataDirectory(Path directory) {
      this.dataDirectory = directory.toAbsolutePath();
      return this;
    }

    /**
     * Sets the maximum heap of the engine's JVM. Default: 256m.
     *
     * @param heap a number with the unit k, m or g, such as {@code 512m}; engines need about 128m
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
     * Sets a setting of the node, as in {@code elasticsearch.yml} or {@code opensearch.yml}. It
     * replaces the testkit's own setting of the same name. The engine refuses to start with an
     * unknown setting.
     *
     * @param name the full name, such as {@code http.max_content_length}
     * @param value the value; elements of a list are separated by commas
     * @throws IllegalArgumentException for {@code http.port} and {@code path.data}, which have
     *     their own methods
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
     * Adds an option of the engine's JVM, after the testkit's own. Those are chosen for a quick
     * start: for benchmarks, {@code -XX:TieredStopAtLevel=4} enables the JVM's optimising compiler
     * again.
     *
     * @param option the option, such as {@code -Xlog:gc}
     */
    public Builder jvmOption(String option) {
      jvmOptions.add(option);
      return this;
    }

    /**
     * Gives the engine ingest processors; it has none by default. OpenSearch and Elasticsearch 6
     * get the engine's own module. Elasticsearch 7 and later get only {@code drop}, {@code set} and
     * {@code fail}, and need a JDK to compile them at their first start. There are no script
     * languages, and therefore no conditions or templates in the options of processors.
     */
    public Builder ingestProcessors() {
      this.ingestProcessors = true;
      return this;
    }

    /**
     * Sets how long a start may take until the engine answers and its cluster's health is at least
     * yellow. The first download of the engine's files does not count. Default: 60 seconds.
     *
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
     * Starts the engine and waits until it is ready for requests. The caller must close it.
     *
     * @throws EngineUnavailableException if it cannot run on this machine
     * @throws EngineStartException if it does not start, because its files cannot be resolved, its
     *     port is in use, its process ends, or the time-out has elapsed
     */
    public RealEngine start() {
      requireFree(port, engine); // before anything is fetched
      return start(plan(recipe()), LoopbackPort.next());
    }

    private EngineRecipe recipe() {
      EngineRecipe plain = EngineRecipe.of(engine);
      return ingestProcessors ? plain.withIngest() : plain;
    }

    /** Prepares a start: fetches files and creates directories. */
    NodePlan plan(EngineRecipe recipe) {
      try {
        Path work = Files.createTempDirectory("eventstream-testkit-").toRealPath();
        Path root =
            dataDirectory == null
                ? work.resolveSibling(work.getFileName() + "-data")
                : dataDirectory;
        Files.createDirectories(root);
        return plan(recipe, work, root);
      } catch (IOException e) {
        throw cannotPrepare(recipe, e);
      }
    }

    /**
     * Prepares a start in existing directories: fetches files.
     *
     * @param work for temporary files
     * @param root for data and log
     */
    NodePlan plan(EngineRecipe recipe, Path work, Path root) {
      Engine planned = recipe.engine();
      JavaInstallation java = JavaInstallation.atLeast(recipe.oldestJdk(), planned);
      try {
        CacheDirectory cache = CacheDirectory.ofUser();
        EngineFiles files = EngineFiles.of(recipe, cache);
        Path launcher = LauncherJar.in(cache);
        return new NodePlan(
            recipe,
            files,
            launcher,
            java,
            ClassArchive.of(planned, java, launcher + files.path(), cache),
            heap,
            List.copyOf(jvmOptions),
            Map.copyOf(settings),
            work,
            root.resolve("data"),
            root.resolve("engine.log"));
      } catch (IOException e) {
        throw cannotPrepare(recipe, e);
      }
    }

    private static EngineStartException cannotPrepare(EngineRecipe recipe, IOException cause) {
      return new EngineStartException(
          "Cannot prepare the files of "
              + recipe.engine()
              + ": "
              + cause
              + ". The system property "
              + CacheDirectory.PROPERTY
              + " moves the cache.",
          cause);
    }

    /**
     * Starts the planned node, waits until it is ready for requests, and cleans up if it does not
     * start.
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
          CacheDirectory.deleteTree(plan.data()); // the log is kept to diagnose the failure
        }
      } catch (IOException e) {
        reason.addSuppressed(e);
      }
    }
  }
}

package dev.eventstream.testkit;

import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A cluster of real engines, each in its own process, on 127.0.0.1 only and without security. All
 * nodes hold data, and each may become the manager, which Elasticsearch and OpenSearch 1 call the
 * master.
 *
 * <pre>{@code
 * try (RealCluster cluster = RealCluster.start("opensearch:2.19.6")) {
 *   int manager = cluster.managerNode();
 *   cluster.kill(manager);
 *   assert cluster.managerNode() != manager;
 *   cluster.restart(manager);
 *   cluster.awaitGreen();
 * }
 * }</pre>
 *
 * <p>Nodes are identified by their index, starting at 0. Their names in the cluster are {@code
 * node-0}, {@code node-1} and so on. Each keeps its HTTP port and its data across restarts. Of
 * three nodes one may be down; while two are down, there is no manager, and writes wait until one
 * of them is back.
 *
 * <p>The engine's own time-outs apply unless they are configured:
 *
 * <ul>
 *   <li>The loss of a killed node is detected immediately, because its connections break. A manager
 *       that is alive but does not respond is replaced after about a minute; {@code
 *       cluster.fault_detection.leader_check.timeout}, {@code
 *       cluster.fault_detection.follower_check.timeout} and {@code cluster.publish.timeout} (not in
 *       Elasticsearch 6) shorten this time.
 *   <li>The shard copies of a lost node are not rebuilt on other nodes for one minute, and {@link
 *       #awaitGreen()} waits as long while the node is down; the index setting {@code
 *       index.unassigned.node_left.delayed_timeout} shortens this time.
 * </ul>
 *
 * <p>All nodes end when this JVM ends for any reason. Thread-safe.
 */
public final class RealCluster implements AutoCloseable {

  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Engine engine;
  private final ClusterPlan plan;
  private final RealEngine.Builder node;
  private final String managerPath;
  private final List<RealEngine> nodes;

  /** Clients for requests while nodes start and stop, one per node, with short time-outs. */
  private final List<EngineClient> askers;

  private final Duration timeout;

  private RealCluster(Builder builder, ClusterPlan plan, List<RealEngine> nodes) {
    this.engine = builder.engine;
    this.plan = plan;
    this.node = builder.node;
    this.managerPath = EngineRecipe.of(engine).managerPath() + "&local=true";
    this.nodes = nodes;
    this.askers = nodes.stream().map(node -> new EngineClient(node.url(), PATIENCE)).toList();
    this.timeout = builder.timeout;
  }

  /**
   * Starts a cluster of three nodes with default settings.
   *
   * @param specification product and version, as accepted by {@link Engine#of}
   * @return the cluster, which all nodes have joined
   * @throws IllegalArgumentException if there is no such engine
   * @throws EngineUnavailableException if the engine cannot run on this machine
   * @throws EngineStartException if the cluster does not start
   */
  public static RealCluster start(String specification) {
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

  /**
   * Returns a builder with default settings.
   *
   * @param engine the engine of all nodes
   */
  public static Builder builder(Engine engine) {
    return new Builder(engine);
  }

  /** Returns the engine with which the nodes were started first. */
  public Engine engine() {
    return engine;
  }

  /**
   * Returns the nodes, whether running or not: always the same nodes in the same order;
   * unmodifiable.
   */
  public List<RealEngine> nodes() {
    return nodes;
  }

  /**
   * Returns the root URLs of the nodes, whether running or not, in the order of {@link #nodes()};
   * unmodifiable. The URLs are unchanged by restarts.
   */
  public List<URI> urls() {
    return nodes.stream().map(RealEngine::url).toList();
  }

  /**
   * Returns the elected manager. Waits for an election in progress.
   *
   * @return an index in {@link #nodes()}
   * @throws IllegalStateException if there is none within the {@linkplain Builder#timeout
   *     time-out}, or this thread is interrupted
   */
  public int managerNode() {
    return await("have a manager", this::elected);
  }

  /**
   * Returns the first running node that is not the manager. Waits for an election in progress.
   *
   * @return an index in {@link #nodes()}
   * @throws IllegalStateException if there is none within the {@linkplain Builder#timeout
   *     time-out}, or this thread is interrupted
   */
  public int dataNodeOtherThanManager() {
    return await(
        "have a node other than the manager",
        () ->
            elected().flatMap(manager -> running().filter(i -> i != manager).boxed().findFirst()));
  }

  /**
   * Kills a node like {@code kill -9}, and returns when its process has ended, possibly before the
   * others have noticed. Does nothing if the node is not running.
   *
   * @param node an index in {@link #nodes()}
   * @throws IndexOutOfBoundsException if there is no such node
   */
  public void kill(int node) {
    nodes.get(node).kill();
  }

  /**
   * Restarts nodes concurrently, with their ports and data; running nodes are stopped first.
   * Returns when they answer and have joined the cluster. Its shards may still be recovering: see
   * {@link #awaitGreen()}.
   *
   * <p>If too few nodes are running to elect a manager, restart enough of them in one call: a
   * single one would wait for the others.
   *
   * @param nodes indices in {@link #nodes()}
   * @throws IndexOutOfBoundsException if there is no such node
   * @throws IllegalStateException if this is closed
   * @throws EngineStartException if a node does not start or join, or another program has taken its
   *     port; the call may be repeated
   */
  public void restart(int... nodes) {
    AtOnce.run(
        Arrays.stream(nodes)
            .mapToObj(this.nodes::get)
            .<Runnable>map(node -> node::restart)
            .toList());
  }

  /**
   * Restarts a node as another version of the engine, with its port and data. A running node is
   * stopped first. In a rolling upgrade, call {@link #awaitGreen()} before the next node.
   *
   * @param node an index in {@link #nodes()}
   * @param newer a version that can read the data of the present one, and that the other nodes
   *     accept
   * @throws IndexOutOfBoundsException if there is no such node
   * @throws EngineUnavailableException if the version cannot run on this machine
   * @throws EngineStartException if the node does not start or join
   */
  public void upgrade(int node, Engine newer) {
    nodes.get(node).restartAs(this.node, EngineRecipe.of(newer).inCluster(plan, node));
  }

  /**
   * Waits until the cluster has exactly the given number of nodes.
   *
   * @throws IllegalStateException if it has not within the {@linkplain Builder#timeout time-out},
   *     or this thread is interrupted
   */
  public void awaitNodes(int count) {
    await("have " + count + " nodes", () -> health("wait_for_nodes=" + count));
  }

  /**
   * Waits until exactly the running nodes are in the cluster, and all copies of all shards are
   * assigned and started.
   *
   * @throws IllegalStateException if that is not the case within the {@linkplain Builder#timeout
   *     time-out}, or this thread is interrupted
   */
  public void awaitGreen() {
    await(
        "become green", () -> health("wait_for_status=green&wait_for_nodes=" + running().count()));
  }

  /**
   * Stops all nodes concurrently, as {@link RealEngine#stop()} does, and deletes their files.
   * Idempotent.
   *
   * @throws UncheckedIOException if files cannot be deleted
   */
  @Override
  public void close() {
    AtOnce.run(nodes.stream().<Runnable>map(node -> node::close).toList());
  }

  /**
   * Returns the engine and the nodes' URLs, such as {@code opensearch:2.19.6 at
   * [http://127.0.0.1:9200, http://127.0.0.1:9201]}.
   */
  @Override
  public String toString() {
    return engine + " at " + urls();
  }

  private IntStream running() {
    return IntStream.range(0, nodes.size()).filter(i -> nodes.get(i).isRunning());
  }

  /**
   * Returns the node that reports itself as the manager; reports of other nodes may be out of date.
   */
  private Optional<Integer> elected() {
    return running()
        .filter(
            i ->
                ask(i, managerPath)
                    .filter(name -> name.strip().equals(ClusterPlan.nodeName(i)))
                    .isPresent())
        .boxed()
        .findFirst();
  }

  /** Returns the cluster's health if it meets the conditions. */
  private Optional<String> health(String conditions) {
    return running()
        .mapToObj(i -> ask(i, "/_cluster/health?timeout=1s&" + conditions))
        .flatMap(Optional::stream)
        .findFirst()
        .filter(health -> health.contains("\"timed_out\":false"));
  }

  private Optional<String> ask(int node, String path) {
    try {
      return Optional.of(askers.get(node).request("GET", path))
          .filter(EngineClient.Response::ok)
          .map(EngineClient.Response::body);
    } catch (UncheckedIOException e) {
      return Optional.empty(); // the node is starting or stopping
    }
  }

  private <T> T await(String what, Supplier<Optional<T>> state) {
    long start = System.nanoTime();
    while (System.nanoTime() - start < timeout.toNanos()) {
      Optional<T> reached = state.get();
      if (reached.isPresent()) {
        return reached.get();
      }
      try {
        Thread.sleep(PAUSE.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while waiting for the cluster to " + what, e);
      }
    }
    throw new IllegalStateException(
        "%s did not %s within %d ms. Running are the nodes %s. Health: %s"
            .formatted(
                this,
                what,
                timeout.toMillis(),
                running().boxed().toList(),
                health("level=indices").orElse("unknown")));
  }

  /** Settings of a cluster. Not thread-safe; may be used for several starts. */
  public static final class Builder {

    private static final int LARGEST = 9;

    private static final Set<String> OF_EACH_NODE =
        Set.of("node.name", "path.data", "http.port", "transport.port", "transport.tcp.port");

    private final Engine engine;

    /** The settings of every node. */
    private final RealEngine.Builder node;

    private int nodes = 3;
    private Duration timeout = Duration.ofMinutes(2);

    private Builder(Engine engine) {
      this.engine = engine;
      this.node = RealEngine.builder(engine).startTimeout(timeout);
    }

    /**
     * Sets the number of nodes. Default: 3, the smallest number that tolerates the loss of one.
     *
     * @param count a number from 1 to 9
     * @throws IllegalArgumentException if the number is out of range
     */
    public Builder nodes(int count) {
      if (count < 1 || count > LARGEST) {
        throw new IllegalArgumentException("nodes must be 1 to " + LARGEST + ", not " + count);
      }
      this.nodes = count;
      return this;
    }

    /**
     * Sets the maximum heap of each node's JVM. Default: 256m.
     *
     * @param heap a number with the unit k, m or g, such as {@code 512m}; engines need about 128m
     * @throws IllegalArgumentException if it is not such a number
     */
    public Builder heap(String heap) {
      node.heap(heap);
      return this;
    }

    /**
     * Sets a setting of all nodes; see {@link RealEngine.Builder#setting}.
     *
     * @param name the full name, such as {@code http.max_content_length}
     * @param value the value; elements of a list are separated by commas
     * @throws IllegalArgumentException for settings that must differ between nodes: name, ports and
     *     data directory
     */
    public Builder setting(String name, String value) {
      if (OF_EACH_NODE.contains(name)) {
        throw new IllegalArgumentException(name + " must differ between the nodes of a cluster");
      }
      node.setting(name, value);
      return this;
    }

    /**
     * Adds a JVM option for each node; see {@link RealEngine.Builder#jvmOption}.
     *
     * @param option the option, such as {@code -Xlog:gc}
     */
    public Builder jvmOption(String option) {
      node.jvmOption(option);
      return this;
    }

    /**
     * Sets the time-out of a start, a restart, and each method of the cluster that waits. The first
     * download of the engine's files does not count. Default: 2 minutes.
     *
     * @throws IllegalArgumentException if the duration is not positive
     */
    public Builder timeout(Duration timeout) {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("timeout must be positive, not " + timeout);
      }
      this.timeout = timeout;
      node.startTimeout(timeout);
      return this;
    }

    /**
     * Starts the nodes concurrently, and waits until they have formed a cluster. The caller must
     * close it.
     *
     * @throws EngineUnavailableException if the engine cannot run on this machine
     * @throws EngineStartException if a node does not start, because its files cannot be resolved,
     *     its process ends, or the time-out has elapsed
     */
    public RealCluster start() {
      return start(ClusterPlan.of(nodes));
    }

    RealCluster start(ClusterPlan cluster) {
      EngineRecipe alone = EngineRecipe.of(engine);
      AtomicReferenceArray<RealEngine> started = new AtomicReferenceArray<>(nodes);
      List<Runnable> starts = new ArrayList<>();
      for (int i = 0; i < nodes; i++) {
        int index = i;
        NodePlan plan = node.plan(alone.inCluster(cluster, i)); // the first call fetches the files
        starts.add(() -> started.set(index, node.start(plan, cluster.transportPorts().get(index))));
      }
      try {
        AtOnce.run(starts);
        RealCluster formed = new RealCluster(this, cluster, nodesOf(started));
        formed.awaitNodes(nodes);
        return formed;
      } catch (RuntimeException e) {
        new RealCluster(this, cluster, nodesOf(started)).close();
        throw e instanceof EngineStartException
            ? e
            : new EngineStartException("The nodes did not form a cluster: " + e.getMessage(), e);
      }
    }

    private static List<RealEngine> nodesOf(AtomicReferenceArray<RealEngine> started) {
      return IntStream.range(0, started.length())
          .mapToObj(started::get)
          .filter(Objects::nonNull)
          .toList();
    }
  }
}

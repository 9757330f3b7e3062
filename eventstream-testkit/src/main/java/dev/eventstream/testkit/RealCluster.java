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
 * A cluster of real engines, each in a process of its own, on 127.0.0.1 only, without security. All
 * its nodes hold data, and each may become the manager (the master, as Elasticsearch and OpenSearch
 * 1 call it).
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
 * <p>Nodes go by their index, from 0 on, also in the cluster, where their names are {@code node-0},
 * {@code node-1} and so on. Each keeps its HTTP port and its data over restarts. Of three nodes one
 * may be down; while two are, there is no manager, and writes wait until one of them is back.
 *
 * <p>The engine's own time-outs apply unless they are set otherwise:
 *
 * <ul>
 *   <li>That a node was killed is noticed at once, as its connections break. To do without a
 *       manager that is alive and silent takes about a minute; {@code
 *       cluster.fault_detection.leader_check.timeout}, {@code
 *       cluster.fault_detection.follower_check.timeout} and {@code cluster.publish.timeout} (not in
 *       Elasticsearch 6) shorten this.
 *   <li>Copies of shards that a lost node held are not built anew elsewhere for one minute, and for
 *       as long {@link #awaitGreen()} waits while the node is down; the index setting {@code
 *       index.unassigned.node_left.delayed_timeout} shortens this.
 * </ul>
 *
 * <p>All nodes end with this JVM, however this ends. Thread-safe.
 */
public final class RealCluster implements AutoCloseable {

  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Engine engine;
  private final String managerPath;
  private final List<RealEngine> nodes;

  /** For questions while nodes come and go, one for each node: they do not wait for long. */
  private final List<EngineClient> askers;

  private final Duration timeout;

  private RealCluster(Engine engine, List<RealEngine> nodes, Duration timeout) {
    this.engine = engine;
    this.managerPath = EngineRecipe.of(engine).managerPath() + "&local=true";
    this.nodes = nodes;
    this.askers = nodes.stream().map(node -> new EngineClient(node.url(), PATIENCE)).toList();
    this.timeout = timeout;
  }

  /**
   * Starts a cluster of three nodes with every setting at its default.
   *
   * @param specification product and version, as {@link Engine#of} reads them
   * @return the cluster, with all its nodes in it
   * @throws IllegalArgumentException if there is no such engine
   * @throws EngineUnavailableException if the engine cannot run on this machine as it is
   * @throws EngineStartException if the cluster does not start
   */
  public static RealCluster start(String specification) {
    return builder(specification).start();
  }

  /**
   * Prepares a cluster.
   *
   * @param specification product and version, as {@link Engine#of} reads them
   * @return a builder with every setting at its default
   * @throws IllegalArgumentException if there is no such engine
   */
  public static Builder builder(String specification) {
    return builder(Engine.of(specification));
  }

  /**
   * Prepares a cluster.
   *
   * @param engine the engine of all nodes
   * @return a builder with every setting at its default
   */
  public static Builder builder(Engine engine) {
    return new Builder(engine);
  }

  /**
   * Which engine the nodes are.
   *
   * @return product and version
   */
  public Engine engine() {
    return engine;
  }

  /**
   * The nodes, running or not.
   *
   * @return always the same nodes in the same order; unmodifiable
   */
  public List<RealEngine> nodes() {
    return nodes;
  }

  /**
   * Where the nodes answer, running or not. The URLs stay the same over restarts.
   *
   * @return the nodes' root URLs, in the order of {@link #nodes()}; unmodifiable
   */
  public List<URI> urls() {
    return nodes.stream().map(RealEngine::url).toList();
  }

  /**
   * The node that is the cluster's elected manager. Waits for an election that is under way.
   *
   * @return an index in {@link #nodes()}
   * @throws IllegalStateException if there is none when the {@linkplain Builder#timeout time} is
   *     over, or this thread is interrupted
   */
  public int managerNode() {
    return await("have a manager", this::elected);
  }

  /**
   * A running node that is not the manager: the first of them. Waits for an election that is under
   * way.
   *
   * @return an index in {@link #nodes()}
   * @throws IllegalStateException if there is none when the {@linkplain Builder#timeout time} is
   *     over, or this thread is interrupted
   */
  public int dataNodeOtherThanManager() {
    return await(
        "have a node besides the manager",
        () ->
            elected().flatMap(manager -> running().filter(i -> i != manager).boxed().findFirst()));
  }

  /**
   * Ends a node as {@code kill -9} does, and returns when its process is gone, perhaps before the
   * others have noticed. Does nothing if the node is not running.
   *
   * @param node an index in {@link #nodes()}
   * @throws IndexOutOfBoundsException if there is no such node
   */
  public void kill(int node) {
    nodes.get(node).kill();
  }

  /**
   * Starts nodes again, on their ports and data, all at once; those that are running are stopped
   * before. Returns when they answer and have joined the cluster. Its shards may still be on their
   * way: see {@link #awaitGreen()}.
   *
   * <p>Where so few nodes are running that they have no manager, name as many here as it takes: one
   * alone would wait for the others.
   *
   * @param nodes indices in {@link #nodes()}
   * @throws IndexOutOfBoundsException if there is no such node
   * @throws IllegalStateException if this is closed
   * @throws EngineStartException if a node does not start or join, or another program has taken its
   *     port; it may be tried again
   */
  public void restart(int... nodes) {
    AtOnce.run(
        Arrays.stream(nodes)
            .mapToObj(this.nodes::get)
            .<Runnable>map(node -> node::restart)
            .toList());
  }

  /**
   * Waits until the cluster has this number of nodes in it, neither more nor less.
   *
   * @param count a number of nodes
   * @throws IllegalStateException if it has not when the {@linkplain Builder#timeout time} is over,
   *     or this thread is interrupted
   */
  public void awaitNodes(int count) {
    await("have " + count + " nodes", () -> health("wait_for_nodes=" + count));
  }

  /**
   * Waits until the nodes that are running, and no others, are in the cluster, and all copies of
   * all shards are assigned and started.
   *
   * @throws IllegalStateException if it is not so when the {@linkplain Builder#timeout time} is
   *     over, or this thread is interrupted
   */
  public void awaitGreen() {
    await("get green", () -> health("wait_for_status=green&wait_for_nodes=" + running().count()));
  }

  /**
   * Ends all nodes at once, as {@link RealEngine#stop()} does, and deletes their files. Does
   * nothing the second time.
   *
   * @throws UncheckedIOException if files cannot be deleted
   */
  @Override
  public void close() {
    AtOnce.run(nodes.stream().<Runnable>map(node -> node::close).toList());
  }

  /**
   * Names the engine and the nodes' URLs.
   *
   * @return such as {@code opensearch:2.19.6 at [http://127.0.0.1:9200, http://127.0.0.1:9201]}
   */
  @Override
  public String toString() {
    return engine + " at " + urls();
  }

  private IntStream running() {
    return IntStream.range(0, nodes.size()).filter(i -> nodes.get(i).isRunning());
  }

  /** The node that says of itself that it is the manager; what others say may be out of date. */
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

  /** The cluster's health if it fulfils the conditions. */
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
      return Optional.empty(); // it is coming or going
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

  /** Settings of a cluster before its start. Not thread-safe; may be used for several starts. */
  public static final class Builder {

    private static final int LARGEST = 9;

    private static final Set<String> OF_EACH_NODE =
        Set.of("node.name", "path.data", "http.port", "transport.port", "transport.tcp.port");

    private final Engine engine;

    /** Of every node; several starts from it are several nodes. */
    private final RealEngine.Builder node;

    private int nodes = 3;
    private Duration timeout = Duration.ofMinutes(2);

    private Builder(Engine engine) {
      this.engine = engine;
      this.node = RealEngine.builder(engine).startTimeout(timeout);
    }

    /**
     * The number of nodes. Default: 3, the fewest that can do without one of them.
     *
     * @param count a number from 1 to 9
     * @return this
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
     * The largest heap of each node's JVM. Default: 256m.
     *
     * @param heap a number with the unit k, m or g, such as {@code 512m}; engines need some 128m
     * @return this
     * @throws IllegalArgumentException if it is not such a number
     */
    public Builder heap(String heap) {
      node.heap(heap);
      return this;
    }

    /**
     * A setting of all nodes; see {@link RealEngine.Builder#setting}.
     *
     * @param name the full name, such as {@code http.max_content_length}
     * @param value the value; a list's elements are separated by commas
     * @return this
     * @throws IllegalArgumentException for what must be different in each node: its name, ports and
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
     * An option of each node's JVM; see {@link RealEngine.Builder#jvmOption}.
     *
     * @param option the option, such as {@code -Xlog:gc}
     * @return this
     */
    public Builder jvmOption(String option) {
      node.jvmOption(option);
      return this;
    }

    /**
     * How long a start, a restart, and each of the cluster's methods that wait may take; fetching
     * the engine's files the first time does not count. Default: 2 minutes.
     *
     * @param timeout a positive duration
     * @return this
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
     * Starts the nodes, all at once, and waits until they have formed a cluster.
     *
     * @return the cluster; close it
     * @throws EngineUnavailableException if the engine cannot run on this machine as it is
     * @throws EngineStartException if a node does not start: its files cannot be had, its process
     *     ends, or the time is over
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
        NodePlan plan = node.plan(alone.inCluster(cluster, i)); // the first one fetches the files
        starts.add(() -> started.set(index, node.start(plan, cluster.transportPorts().get(index))));
      }
      try {
        AtOnce.run(starts);
        RealCluster formed = new RealCluster(engine, nodesOf(started), timeout);
        formed.awaitNodes(nodes);
        return formed;
      } catch (RuntimeException e) {
        new RealCluster(engine, nodesOf(started), timeout).close();
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

package dev.eventstream.testkit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The differences between the engines: where they come from and how their nodes are configured.
 *
 * @param engine the engine
 * @param oldestJdk the first JDK that the engine runs on; all engines run on every later one up to
 *     25
 * @param rootPackage the root package of all its classes
 * @param jars coordinates of its class path; empty if it is a distribution
 * @param distribution coordinates of its zip
 * @param plugins classes to load from the class path, relative to the root package
 * @param onModulePath whether the distribution's jars are Java modules
 * @param transportPort name of the setting for the transport port
 * @param settings settings that every node needs in a test
 * @param ingest whether it has ingest processors
 */
record EngineRecipe(
    Engine engine,
    int oldestJdk,
    String rootPackage,
    List<String> jars,
    Optional<String> distribution,
    List<String> plugins,
    boolean onModulePath,
    String transportPort,
    Map<String, String> settings,
    boolean ingest) {

  private static final String DISCOVERY_TYPE = "discovery.type";

  static EngineRecipe of(Engine engine) {
    return switch (engine.product()) {
      case OPENSEARCH -> openSearch(engine);
      case ELASTICSEARCH -> elasticsearch(engine);
    };
  }

  private static EngineRecipe openSearch(Engine engine) {
    String version = engine.version();
    boolean v3 = engine.major() >= 3;
    return new EngineRecipe(
        engine,
        v3 ? 21 : 17,
        "org.opensearch",
        List.of(
            "org.opensearch:opensearch:" + version,
            "org.opensearch.plugin:transport-netty4-client:" + version,
            // optional in OpenSearch's POM; must match the version of log4j-api there
            "org.apache.logging.log4j:log4j-core:" + (engine.major() == 1 ? "2.17.1" : "2.25.4")),
        Optional.empty(),
        List.of("transport." + (v3 ? "Netty4ModulePlugin" : "Netty4Plugin")),
        false,
        "transport.port",
        commonSettings(),
        false);
  }

  private static EngineRecipe elasticsearch(Engine engine) {
    Map<String, String> settings = commonSettings();
    if (engine.major() >= 7) {
      settings.put("xpack.security.enabled", "false");
    }
    return new EngineRecipe(
        engine,
        engine.major() >= 9 ? 21 : 17,
        "org.elasticsearch",
        List.of(),
        Optional.of(
            "org.elasticsearch.distribution.integ-test-zip:elasticsearch:zip:" + engine.version()),
        List.of(),
        engine.major() >= 8,
        engine.major() >= 7 ? "transport.port" : "transport.tcp.port",
        settings,
        false);
  }

  /**
   * Returns this recipe for a node of a cluster.
   *
   * @param node the index of the node
   */
  EngineRecipe inCluster(ClusterPlan cluster, int node) {
    Map<String, String> clustered = new LinkedHashMap<>(settings);
    clustered.remove(DISCOVERY_TYPE);
    clustered.put("cluster.name", cluster.name());
    clustered.put("node.name", ClusterPlan.nodeName(node));
    String addresses = String.join(",", cluster.addresses());
    String names = String.join(",", cluster.nodeNames());
    if (engine.major() == 6) {
      clustered.put("discovery.zen.ping.unicast.hosts", addresses);
      clustered.put("discovery.zen.minimum_master_nodes", String.valueOf(cluster.majority()));
    } else {
      clustered.put("discovery.seed_hosts", addresses);
      clustered.put(
          isOpenSearch(2)
              ? "cluster.initial_cluster_manager_nodes"
              : "cluster.initial_master_nodes",
          names);
    }
    return new EngineRecipe(
        engine,
        oldestJdk,
        rootPackage,
        jars,
        distribution,
        plugins,
        onModulePath,
        transportPort,
        clustered,
        ingest);
  }

  /** Returns this recipe with ingest processors. */
  EngineRecipe withIngest() {
    List<String> allJars = jars;
    List<String> allPlugins = plugins;
    if (engine.product() == Engine.Product.OPENSEARCH) {
      allJars = append(jars, "org.opensearch.plugin:ingest-common:" + engine.version());
      allPlugins =
          append(
              plugins,
              "ingest.common."
                  + (isOpenSearch(3) ? "IngestCommonModulePlugin" : "IngestCommonPlugin"));
    }
    return new EngineRecipe(
        engine,
        oldestJdk,
        rootPackage,
        allJars,
        distribution,
        allPlugins,
        onModulePath,
        transportPort,
        settings,
        true);
  }

  private static List<String> append(List<String> list, String last) {
    return Stream.concat(list.stream(), Stream.of(last)).toList();
  }

  /** Returns whether the node is not part of a cluster. */
  boolean standsAlone() {
    return settings.containsKey(DISCOVERY_TYPE);
  }

  /** Returns whether the node is not part of a cluster, or is the first node of one. */
  boolean isFirst() {
    return standsAlone() || ClusterPlan.nodeName(0).equals(settings.get("node.name"));
  }

  /** Returns the path that returns the name of the elected manager's node. */
  String managerPath() {
    return (isOpenSearch(2) ? "/_cat/cluster_manager" : "/_cat/master") + "?h=node";
  }

  private boolean isOpenSearch(int oldestMajor) {
    return engine.product() == Engine.Product.OPENSEARCH && engine.major() >= oldestMajor;
  }

  private static Map<String, String> commonSettings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("cluster.name", "eventstream-testkit");
    settings.put("network.host", "127.0.0.1");
    settings.put(DISCOVERY_TYPE, "single-node");
    // A nearly full disk must not turn a test's indices read-only.
    settings.put("cluster.routing.allocation.disk.threshold_enabled", "false");
    return settings;
  }
}

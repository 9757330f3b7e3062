package dev.eventstream.testkit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the engines differ in: where they come from and what their nodes are told.
 *
 * @param engine the engine
 * @param oldestJdk the first JDK it runs on; all of them run on every later one up to 25
 * @param rootPackage the package under which all its classes lie
 * @param jars coordinates of what makes its class path; empty if it comes as a distribution
 * @param distribution coordinates of the zip that it comes in
 * @param plugins classes to load from the class path, relative to the root package
 * @param onModulePath whether the distribution's jars are Java modules
 * @param transportPort name of the setting for the transport port
 * @param settings settings that every node of it needs in a test
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
    Map<String, String> settings) {

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
            // optional in OpenSearch's POM, and it must match the log4j-api named there
            "org.apache.logging.log4j:log4j-core:" + (engine.major() == 1 ? "2.17.1" : "2.25.4")),
        Optional.empty(),
        List.of("transport." + (v3 ? "Netty4ModulePlugin" : "Netty4Plugin")),
        false,
        "transport.port",
        commonSettings());
  }

  private static EngineRecipe elasticsearch(Engine engine) {
    Map<String, String> settings = commonSettings();
    if (engine.major() >= 7) {
      settings.put("xpack.security.enabled", "false");
    }
    return new EngineRecipe(
        engine,
        17,
        "org.elasticsearch",
        List.of(),
        Optional.of(
            "org.elasticsearch.distribution.integ-test-zip:elasticsearch:zip:" + engine.version()),
        List.of(),
        engine.major() >= 8,
        engine.major() >= 7 ? "transport.port" : "transport.tcp.port",
        settings);
  }

  private static Map<String, String> commonSettings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("cluster.name", "eventstream-testkit");
    settings.put("network.host", "127.0.0.1");
    settings.put("discovery.type", "single-node");
    // A nearly full disk must not turn a test's indices read-only.
    settings.put("cluster.routing.allocation.disk.threshold_enabled", "false");
    return settings;
  }
}

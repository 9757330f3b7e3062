package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodePlanTest {

  private static final String SEEDS = "127.0.0.1:20012,127.0.0.1:20002,127.0.0.1:20022";

  @TempDir private Path work;

  @Test
  void configuresPortsAndASingleNode() throws IOException {
    assertThat(settings(plan("opensearch", List.of(), Map.of())))
        .containsEntry("setting.http.port", "20001")
        .containsEntry("setting.transport.port", "20002")
        .containsEntry("setting.network.host", "127.0.0.1")
        .containsEntry("setting.discovery.type", "single-node")
        .containsEntry("setting.cluster.routing.allocation.disk.threshold_enabled", "false");
    assertThat(settings(plan("elasticsearch:6.5.4", List.of(), Map.of())))
        .containsEntry("setting.transport.tcp.port", "20002")
        .doesNotContainKey("setting.xpack.security.enabled");
    assertThat(settings(plan("elasticsearch:8.6.2", List.of(), Map.of())))
        .containsEntry("setting.xpack.security.enabled", "false");
  }

  @Test
  void configuresTheAddressesOfTheOtherNodes() throws IOException {
    assertThat(settings(nodeOfCluster("opensearch:2.19.6", 1)))
        .containsEntry("setting.node.name", "node-1")
        .containsEntry("setting.cluster.name", "cluster-a")
        .containsEntry("setting.transport.port", "20002")
        .containsEntry("setting.discovery.seed_hosts", SEEDS)
        .containsEntry("setting.cluster.initial_cluster_manager_nodes", "node-0,node-1,node-2")
        .doesNotContainKey("setting.discovery.type");
    assertThat(settings(nodeOfCluster("opensearch:1.3.14", 1)))
        .containsEntry("setting.cluster.initial_master_nodes", "node-0,node-1,node-2");
    assertThat(settings(nodeOfCluster("elasticsearch:8.6.2", 1)))
        .containsEntry("setting.discovery.seed_hosts", SEEDS)
        .containsEntry("setting.cluster.initial_master_nodes", "node-0,node-1,node-2");
    assertThat(settings(nodeOfCluster("elasticsearch:6.5.4", 1)))
        .containsEntry("setting.discovery.zen.ping.unicast.hosts", SEEDS)
        .containsEntry("setting.discovery.zen.minimum_master_nodes", "2")
        .doesNotContainKey("setting.discovery.seed_hosts");
  }

  @Test
  void theUsersSettingsTakePrecedence() throws IOException {
    Map<String, String> settings =
        Map.of("cluster.routing.allocation.disk.threshold_enabled", "true", "node.attr.a", "b,c");

    assertThat(settings(plan("opensearch", List.of(), settings)))
        .containsEntry("setting.cluster.routing.allocation.disk.threshold_enabled", "true")
        .containsEntry("setting.node.attr.a", "b,c");
  }

  @Test
  void putsTheUsersJvmOptionsLast() {
    List<String> command =
        plan("opensearch", List.of("-XX:TieredStopAtLevel=4"), Map.of()).command();

    assertThat(command)
        .containsSubsequence("-XX:TieredStopAtLevel=1", "-XX:TieredStopAtLevel=4", "-cp")
        .contains("-Xmx256m", "-XX:+UseSerialGC");
  }

  @Test
  void theUserCanChooseTheGarbageCollector() {
    assertThat(plan("opensearch", List.of("-XX:+UseG1GC"), Map.of()).command())
        .contains("-XX:+UseG1GC")
        .doesNotContain("-XX:+UseSerialGC");
  }

  @Test
  void writesAClassDataArchiveOnceAndThenReadsIt() throws IOException {
    NodePlan plan = plan("opensearch", List.of(), Map.of());
    assertThat(plan.command()).contains("-XX:ArchiveClassesAtExit=" + plan.freshArchive());
    assertThat(plan.writesArchive()).isTrue();

    Files.writeString(plan.freshArchive(), "archive");
    plan.archive().adopt(plan.freshArchive());

    assertThat(plan.command()).contains("-XX:SharedArchiveFile=" + plan.archive().file());
    assertThat(plan.writesArchive()).isFalse();
    assertThat(plan.archive().file()).hasContent("archive");
    assertThat(plan.freshArchive()).doesNotExist();
  }

  @Test
  void writesNoArchiveInARunWithCustomOptions() {
    assertThat(plan("opensearch", List.of("-Xlog:gc"), Map.of()).command())
        .noneMatch(option -> option.contains("Archive"));
  }

  @Test
  void onlyTheFirstNodeOfAClusterWritesTheArchive() throws IOException {
    assertThat(nodeOfCluster("opensearch", 0).writesArchive()).isTrue();
    NodePlan second = nodeOfCluster("opensearch", 1);
    assertThat(second.writesArchive()).isFalse();
    assertThat(second.command()).noneMatch(option -> option.contains("Archive"));

    Files.createDirectories(second.archive().file().resolveSibling(""));
    Files.writeString(second.archive().file(), "archive");

    assertThat(second.command()).contains("-XX:SharedArchiveFile=" + second.archive().file());
  }

  @Test
  void loadsIngestProcessorsIntoOpenSearchOnlyOnDemand() throws IOException {
    EngineRecipe second = EngineRecipe.of(Engine.of("opensearch:2.19.6"));
    EngineRecipe third = EngineRecipe.of(Engine.of("opensearch:3.8.0"));

    assertThat(settings(plan(second, List.of(), Map.of())))
        .containsEntry("plugins", "transport.Netty4Plugin");
    assertThat(second.jars()).noneMatch(jar -> jar.contains("ingest"));

    assertThat(settings(plan(second.withIngest(), List.of(), Map.of())))
        .containsEntry("plugins", "transport.Netty4Plugin,ingest.common.IngestCommonPlugin");
    assertThat(second.withIngest().jars())
        .containsAll(second.jars())
        .contains("org.opensearch.plugin:ingest-common:2.19.6");
    assertThat(settings(plan(third.withIngest(), List.of(), Map.of())))
        .containsEntry(
            "plugins", "transport.Netty4ModulePlugin,ingest.common.IngestCommonModulePlugin");
  }

  private static Properties settings(NodePlan plan) throws IOException {
    plan.write(20001, 20002);
    Properties instructions = new Properties();
    List<String> command = plan.command();
    try (Reader in = Files.newBufferedReader(Path.of(command.get(command.size() - 1)))) {
      instructions.load(in);
    }
    return instructions;
  }

  private NodePlan plan(String engine, List<String> jvmOptions, Map<String, String> settings) {
    return plan(EngineRecipe.of(Engine.of(engine)), jvmOptions, settings);
  }

  private NodePlan nodeOfCluster(String engine, int node) {
    ClusterPlan cluster = new ClusterPlan("cluster-a", List.of(20012, 20002, 20022));
    EngineRecipe recipe = EngineRecipe.of(Engine.of(engine)).inCluster(cluster, node);
    return plan(recipe, List.of(), Map.of());
  }

  private NodePlan plan(
      EngineRecipe recipe, List<String> jvmOptions, Map<String, String> settings) {
    return new NodePlan(
        recipe,
        new EngineFiles(Optional.empty(), List.of(Path.of("a.jar"), Path.of("b.jar"))),
        Path.of("launcher.jar"),
        new JavaInstallation(Path.of("jdk"), 17),
        new ClassArchive(work.resolve("cache/archive.jsa")),
        "256m",
        jvmOptions,
        settings,
        work,
        work.resolve("data"),
        work.resolve("log"));
  }
}

package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("slow")
class RealClusterIT {

  private static final String UNDER_TEST = "dev.eventstream.testkit.Engine#underTest";
  private static final String ENGINE = "opensearch:2.19.6";

  @ParameterizedTest
  @MethodSource(UNDER_TEST)
  void continuesWithoutItsManagerAndAcceptsItAgain(Engine which) {
    try (RealCluster cluster = start(RealCluster.builder(which))) {
      createIndexWithAReplica(cluster);
      int manager = cluster.managerNode();
      int other = cluster.dataNodeOtherThanManager();
      EngineClient client = cluster.nodes().get(other).client();
      write(client, "before");
      List<URI> urls = cluster.urls();

      cluster.kill(manager);

      assertThat(cluster.managerNode()).isNotEqualTo(manager);
      assertThat(cluster.dataNodeOtherThanManager())
          .isNotEqualTo(manager)
          .isNotEqualTo(cluster.managerNode());
      cluster.awaitNodes(2);
      assertThat(client.source("events", "before")).isPresent();
      write(client, "meanwhile");

      cluster.restart(manager);

      cluster.awaitGreen();
      cluster.awaitNodes(3);
      assertThat(cluster.urls()).isEqualTo(urls);
      EngineClient back = cluster.nodes().get(manager).client();
      assertThat(back.source("events", "before")).isPresent();
      assertThat(back.source("events", "meanwhile")).isPresent();
      assertThat(back.count("events")).isEqualTo(2);
    }
  }

  @Test
  void endsEveryProcessAndDeletesItsFilesWhenItIsClosed() {
    RealCluster cluster = RealCluster.builder(ENGINE).nodes(2).start();
    List<Long> pids = cluster.nodes().stream().map(RealEngine::pid).toList();
    List<Path> data = cluster.nodes().stream().map(RealEngine::dataDirectory).toList();
    assertThat(pids).hasSize(2).allMatch(pid -> ProcessHandle.of(pid).isPresent());
    assertThat(data).doesNotHaveDuplicates().allSatisfy(path -> assertThat(path).isDirectory());

    cluster.close();
    cluster.close();

    assertThat(pids).noneMatch(pid -> ProcessHandle.of(pid).isPresent());
    assertThat(data).allSatisfy(path -> assertThat(path).doesNotExist());
  }

  @Test
  void recoversFromTheLossOfAllNodes() {
    try (RealCluster cluster = RealCluster.start(ENGINE)) {
      createIndexWithAReplica(cluster);
      write(cluster.nodes().get(0).client(), "before");
      for (int node = 0; node < 3; node++) {
        cluster.kill(node);
      }

      cluster.restart(0, 1);
      assertThat(cluster.managerNode()).isBetween(0, 1);
      cluster.restart(2);
      cluster.awaitGreen();

      assertThat(cluster.nodes().get(2).client().source("events", "before")).isPresent();
    }
  }

  @Test
  void formsAlthoughAnotherProgramHasTakenATransportPort() throws IOException {
    ClusterPlan plan = ClusterPlan.of(3);
    int taken = plan.transportPorts().get(1);
    try (ServerSocket other = new ServerSocket(taken, 1, InetAddress.getLoopbackAddress());
        RealCluster cluster = RealCluster.builder(ENGINE).start(plan)) {
      cluster.awaitNodes(3);
      assertThat(cluster.nodes().get(1).log()).content().contains("BindException");
      assertThat(other.isBound()).isTrue();
    }
  }

  private static RealCluster start(RealCluster.Builder builder) {
    try {
      return builder.start();
    } catch (EngineUnavailableException e) {
      return Assumptions.abort(e.getMessage());
    }
  }

  private static void createIndexWithAReplica(RealCluster cluster) {
    String settings =
        """
        {"settings": {"index.number_of_shards": 2, "index.number_of_replicas": 1}}
        """;
    cluster.nodes().get(0).client().request("PUT", "/events", settings).orThrow();
    cluster.awaitGreen();
    assertThat(cluster.nodes().get(1).client().request("GET", "/_cluster/health").body())
        .contains("\"status\":\"green\"")
        .contains("\"number_of_nodes\":3")
        .contains("\"number_of_data_nodes\":3")
        .contains("\"active_shards\":4");
  }

  private static void write(EngineClient client, String id) {
    client.request("PUT", "/events/_doc/" + id, "{\"eventType\":\"click\"}").orThrow();
  }
}

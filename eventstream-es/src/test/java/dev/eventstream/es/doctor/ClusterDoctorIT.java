package dev.eventstream.es.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.doctor.Finding.Severity;
import dev.eventstream.es.template.IndexTemplate;
import dev.eventstream.es.template.IndexTemplates;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Each fault that the doctor knows, on real engines. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class ClusterDoctorIT {
  private static final IndexTemplate TEMPLATE =
      IndexTemplate.builder(List.of("doctor-*")).replicas(0).build();
  private static final String SETTINGS = "{\"settings\":{\"number_of_replicas\":0%s}}";

  @RegisterExtension final EngineExtension shared;

  ClusterDoctorIT(Engine version) {
    this.shared = EngineExtension.shared(version);
  }

  @AfterEach
  void repair() {
    setForCluster("\"cluster.blocks.read_only\":false"); // alone, or the block prevents it
    setForCluster("\"action.auto_create_index\":null,\"cluster.max_shards_per_node\":null");
    for (String name : List.of("closed", "blocked", "red", "yellow", "piped", "a", "b")) {
      client().request("DELETE", "/doctor-" + name);
    }
  }

  private EngineClient client() {
    return shared.get().client();
  }

  private void create(String name, String settings) {
    client()
        .request(
            "PUT", "/doctor-" + name + "?wait_for_active_shards=0", SETTINGS.formatted(settings))
        .orThrow();
  }

  private void setForCluster(String setting) {
    client().request("PUT", "/_cluster/settings", "{\"transient\":{" + setting + "}}").orThrow();
  }

  private List<Finding> examine() throws Exception {
    try (ElasticsearchSink sink = ElasticsearchSink.builder(List.of(shared.get().url())).build()) {
      return ClusterDoctor.examine(sink, List.of("doctor-*"), TEMPLATE);
    }
  }

  private static Finding find(List<Finding> all, String code) {
    return all.stream()
        .filter(finding -> finding.code().equals(code))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + code + " in " + all));
  }

  @Test
  void aHealthyClusterHasNoFaults() throws Exception {
    try (ElasticsearchSink sink = ElasticsearchSink.builder(List.of(shared.get().url())).build()) {
      IndexTemplates.apply(sink, TEMPLATE, true).toCompletableFuture().get();
    }

    List<Finding> all = examine();

    assertThat(all)
        .filteredOn(finding -> !finding.code().equals("disk-watermark")) // of this machine
        .extracting(Finding::severity)
        .doesNotContain(Severity.FAULT, Severity.WARNING);
    assertThat(find(all, "cluster").message()).contains(shared.get().engine().version());
    assertThat(find(all, "clock").severity()).isEqualTo(Severity.OK);
    assertThat(find(all, "index-template").severity()).isEqualTo(Severity.OK);
  }

  @Test
  void indicesThatAcceptNothingAreNamed() throws Exception {
    create("closed", "");
    client().request("POST", "/doctor-closed/_close").orThrow();
    create("blocked", ",\"index.blocks.write\":true");
    create("red", ",\"index.routing.allocation.require.box\":\"none\"");
    create("yellow", "");
    client()
        .request("PUT", "/doctor-yellow/_settings", "{\"index\":{\"number_of_replicas\":1}}")
        .orThrow();
    create("piped", ",\"index.default_pipeline\":\"doctor-nowhere\"");

    List<Finding> all = examine();

    assertThat(find(all, "closed-index").message()).contains("doctor-closed");
    assertThat(find(all, "blocked-index").message())
        .contains("index.blocks.write", "doctor-blocked");
    assertThat(find(all, "red-index").message()).contains("doctor-red");
    assertThat(find(all, "red-index").severity()).isEqualTo(Severity.FAULT);
    assertThat(find(all, "yellow-index").message()).contains("doctor-yellow");
    assertThat(find(all, "missing-pipeline").message()).contains("doctor-nowhere", "doctor-piped");
    assertThat(all)
        .filteredOn(finding -> finding.severity() == Severity.FAULT)
        .allMatch(finding -> !finding.remedy().isEmpty());
  }

  @Test
  void anAliasWithoutAWriteIndexIsNamed() throws Exception {
    String alias = "{\"aliases\":{\"doctor-alias\":{}},\"settings\":{\"number_of_replicas\":0}}";
    client().request("PUT", "/doctor-a", alias).orThrow();
    client().request("PUT", "/doctor-b", alias).orThrow();

    assertThat(find(examine(), "alias-without-write-index").message()).contains("doctor-alias");
  }

  @Test
  void settingsOfTheClusterThatPreventWritingAreNamed() throws Exception {
    setForCluster("\"action.auto_create_index\":\"false\"");
    assertThat(find(examine(), "auto-create-index").severity()).isEqualTo(Severity.FAULT);
    setForCluster("\"action.auto_create_index\":\"-x*,+*\"");
    assertThat(find(examine(), "auto-create-index").severity()).isEqualTo(Severity.WARNING);
    setForCluster("\"cluster.blocks.read_only\":true");
    assertThat(find(examine(), "cluster-block").severity()).isEqualTo(Severity.FAULT);
  }

  @Test
  void noRoomForShardsIsAFault() throws Exception {
    create("a", ",\"number_of_shards\":5");
    setForCluster("\"cluster.max_shards_per_node\":5");

    assertThat(find(examine(), "shard-limit").message()).contains("that there may be");
  }

  @Test
  void aClusterThatCannotBeReachedIsOneFaultAndNothingElseIsAsked() throws Exception {
    try (ElasticsearchSink sink =
        ElasticsearchSink.builder(List.of(URI.create("http://127.0.0.1:1")))
            .requestTimeout(Duration.ofSeconds(2))
            .build()) {
      assertThat(ClusterDoctor.examine(sink, List.of(), TEMPLATE))
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.code()).isEqualTo("cluster");
                assertThat(finding.severity()).isEqualTo(Severity.FAULT);
              });
    }
  }
}

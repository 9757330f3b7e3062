package dev.eventstream.es.doctor;

import static dev.eventstream.es.doctor.Findings.find;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.doctor.Finding.Severity;
import dev.eventstream.es.template.IndexTemplate;
import dev.eventstream.es.template.IndexTemplates;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
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

  private static final String DISK =
      "\"cluster.routing.allocation.disk.threshold_enabled\":%s,"
          + "\"cluster.routing.allocation.disk.watermark.low\":%s,"
          + "\"cluster.routing.allocation.disk.watermark.high\":%s,"
          + "\"cluster.routing.allocation.disk.watermark.flood_stage\":%s";

  @RegisterExtension final EngineExtension shared;

  ClusterDoctorIT(Engine version) {
    this.shared = EngineExtension.shared(version);
  }

  @AfterEach
  void repair() {
    setForCluster("\"cluster.blocks.read_only\":false"); // alone, or the block prevents it
    setForCluster("\"action.auto_create_index\":null,\"cluster.max_shards_per_node\":null");
    setForCluster(DISK.formatted("null", "null", "null", "null"));
    for (String name :
        List.of("closed", "blocked", "full", "red", "yellow", "piped", "final", "a", "b")) {
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
      return doctor(sink).examine();
    }
  }

  private static ClusterDoctor doctor(ElasticsearchSink sink) {
    return ClusterDoctor.of(sink).indices(List.of("doctor-*")).template(TEMPLATE);
  }

  @Test
  void aHealthyClusterHasNoFaults() throws Exception {
    try (ElasticsearchSink sink = ElasticsearchSink.builder(List.of(shared.get().url())).build()) {
      IndexTemplates.apply(sink, TEMPLATE, true).toCompletableFuture().get();
    }

    List<Finding> all = examine();

    assertThat(all).extracting(Finding::severity).doesNotContain(Severity.FAULT, Severity.WARNING);
    assertThat(find(all, "engine").message()).contains(shared.get().engine().version());
    assertThat(find(all, "clock").severity()).isEqualTo(Severity.OK);
    assertThat(find(all, "index-template").severity()).isEqualTo(Severity.OK);
  }

  @Test
  void indicesThatAcceptNothingAreNamed() throws Exception {
    create("closed", "");
    client().request("POST", "/doctor-closed/_close").orThrow();
    create("blocked", ",\"index.blocks.write\":true");
    create("full", ",\"index.blocks.read_only_allow_delete\":true");
    create("red", ",\"index.routing.allocation.require.box\":\"none\"");
    create("yellow", "");
    client()
        .request("PUT", "/doctor-yellow/_settings", "{\"index\":{\"number_of_replicas\":1}}")
        .orThrow();
    create("piped", ",\"index.default_pipeline\":\"doctor-nowhere\"");

    List<Finding> all = examine();

    assertThat(find(all, "closed-index").message()).contains("doctor-closed");
    assertThat(all)
        .filteredOn(finding -> finding.code().equals("blocked-index"))
        .extracting(finding -> finding.message() + "; " + finding.remedy())
        .containsExactlyInAnyOrder(
            "index.blocks.write is true for doctor-blocked; set it to null, unless nothing is"
                + " written to them any more",
            "index.blocks.read_only_allow_delete is true for doctor-full; a disk was nearly full:"
                + " free space on the nodes, then set it to null");
    assertThat(find(all, "red-index").message()).contains("doctor-red");
    assertThat(find(all, "red-index").severity()).isEqualTo(Severity.FAULT);
    assertThat(find(all, "yellow-index").message()).contains("doctor-yellow");
    assertThat(find(all, "missing-pipeline").message()).contains("doctor-nowhere", "doctor-piped");
    assertThat(all)
        .filteredOn(finding -> finding.severity() == Severity.FAULT)
        .allMatch(finding -> !finding.remedy().isEmpty());
  }

  @Test
  void anIndexThatIsOldEnoughToBeClosedIsInOrder() throws Exception {
    create("closed", "");
    client().request("POST", "/doctor-closed/_close").orThrow();

    try (ElasticsearchSink sink = ElasticsearchSink.builder(List.of(shared.get().url())).build()) {
      assertThat(find(doctor(sink).closedAfter(Duration.ZERO).examine(), "closed-index").severity())
          .isEqualTo(Severity.OK);
      assertThat(
              find(doctor(sink).closedAfter(Duration.ofDays(1)).examine(), "closed-index")
                  .severity())
          .isEqualTo(Severity.WARNING);
    }
  }

  @Test
  void aMissingFinalPipelineIsNamed() throws Exception {
    assumeThat(shared.get().engine().needsMappingType()).isFalse(); // it has none
    create("final", ",\"index.final_pipeline\":\"doctor nowhere\"");

    assertThat(find(examine(), "missing-pipeline").subjects()).containsExactly("doctor-final");
  }

  @Test
  void aDiskBeyondItsMarkIsNamed() throws Exception {
    setForCluster(DISK.formatted("true", "\"8000tb\"", "\"2b\"", "\"1b\""));

    Finding found = find(examine(), "disk-watermark");

    assertThat(found.severity()).isEqualTo(Severity.WARNING);
    assertThat(found.message()).contains("watermark.low");
    assertThat(found.subjects()).hasSize(1);
  }

  @Test
  void anOutdatedTemplateIsNamed() throws Exception {
    try (ElasticsearchSink sink = ElasticsearchSink.builder(List.of(shared.get().url())).build()) {
      IndexTemplates.apply(
              sink,
              IndexTemplate.builder(List.of("doctor-*")).replicas(0).fieldLimit(77).build(),
              true)
          .toCompletableFuture()
          .get();
    }

    Finding found = find(examine(), "index-template");

    assertThat(found.severity()).isEqualTo(Severity.WARNING);
    assertThat(found.remedy()).contains("indices ");
  }

  @Test
  void anAliasWithoutAWriteIndexIsNamed() throws Exception {
    String alias = "{\"aliases\":{\"doctor-alias\":{}},\"settings\":{\"number_of_replicas\":0}}";
    client().request("PUT", "/doctor-a", alias).orThrow();
    client().request("PUT", "/doctor-b", alias).orThrow();

    assertThat(find(examine(), "alias-without-write-index").message()).contains("doctor-alias");
  }

  @Test
  void anAliasOfOneIndexThatIsForReadingIsNamed() throws Exception {
    client()
        .request(
            "PUT",
            "/doctor-a",
            "{\"aliases\":{\"doctor-alias\":{\"is_write_index\":false}},"
                + "\"settings\":{\"number_of_replicas\":0}}")
        .orThrow();

    assertThat(find(examine(), "alias-without-write-index").subjects())
        .containsExactly("doctor-alias");
  }

  @Test
  void settingsOfTheClusterThatPreventWritingAreNamed() throws Exception {
    setForCluster("\"action.auto_create_index\":\"false\"");
    assertThat(find(examine(), "auto-create-index").severity()).isEqualTo(Severity.FAULT);
    setForCluster("\"action.auto_create_index\":\"-x*,+*\"");
    assertThat(find(examine(), "auto-create-index").severity()).isEqualTo(Severity.OK);
    setForCluster("\"action.auto_create_index\":\"-doctor-x*,+*\"");
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
}

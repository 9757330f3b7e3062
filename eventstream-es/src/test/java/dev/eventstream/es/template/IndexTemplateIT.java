package dev.eventstream.es.template;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.OnMappingFailure;
import dev.eventstream.es.template.TemplateReport.Found;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The template on real engines, and what the indices made with it accept. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class IndexTemplateIT {
  private static final AtomicInteger INDICES = new AtomicInteger();
  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension final EngineExtension shared;

  private final Engine version;
  private final String index = "template-it-" + INDICES.incrementAndGet();
  private ElasticsearchSink sink;

  IndexTemplateIT(Engine version) {
    this.version = version;
    this.shared = EngineExtension.shared(version);
  }

  @BeforeEach
  void connect() {
    sink =
        ElasticsearchSink.builder(List.of(shared.get().url()))
            .onMappingFailure(OnMappingFailure.DEAD_LETTER)
            .build();
  }

  @AfterEach
  void cleanUp() {
    sink.close();
    client().request("DELETE", path()); // the engine is shared with other tests
  }

  @Test
  void isCurrentAfterItWasApplied() throws Exception {
    IndexTemplate every =
        IndexTemplate.builder(List.of("template-it-*", "other-template-it"))
            .shards(2)
            .replicas(0)
            .refreshInterval(Duration.ofSeconds(5))
            .fieldLimit(500)
            .bestCompression(true)
            .build();
    for (IndexTemplate template : List.of(template(), every)) {
      client().request("DELETE", path());
      assertThat(check(template)).isEqualTo(new TemplateReport(Found.ABSENT, List.of(), false));

      assertThat(apply(template)).isEqualTo(new TemplateReport(Found.ABSENT, List.of(), true));

      assertThat(check(template)).isEqualTo(new TemplateReport(Found.CURRENT, List.of(), true));
      assertThat(apply(template)).isEqualTo(new TemplateReport(Found.CURRENT, List.of(), true));
    }
  }

  @Test
  void appliesToNewIndices() throws Exception {
    apply(IndexTemplate.builder(List.of("template-it-*")).replicas(0).fieldLimit(600).build());

    write("{\"eventType\":\"t\",\"eventValue\":\"v\",\"text\":\"x\"}");

    String settings = client().request("GET", "/" + index + "/_settings").orThrow().body();
    assertThat(settings)
        .contains("\"number_of_shards\":\"1\"", "\"number_of_replicas\":\"0\"", "\"600\"");
    String fields = "/_field_caps?fields=eventType.keyword,eventId.keyword";
    assertThat(client().request("GET", "/" + index + fields).orThrow().body())
        .as("the fields of dashboards")
        .contains("eventType.keyword", "eventId.keyword");
    String mapping = client().request("GET", "/" + index + "/_mapping").orThrow().body();
    assertThat(mapping).contains("\"managed_by\":\"eventstream\"");
    assertThat(mapping).containsPattern("\"text\":\\{\"type\":\"keyword\",\"ignore_above\":1024}");
  }

  @Test
  void replacesItsOwnTemplateThatHasOtherSettings() throws Exception {
    apply(IndexTemplate.builder(List.of("template-it-*")).replicas(0).shards(3).build());

    TemplateReport report = apply(template());

    assertThat(report.found()).isEqualTo(Found.OUTDATED);
    assertThat(report.differences())
        .containsExactly("settings.index.number_of_shards is 3, instead of 1");
    assertThat(check(template()).isCurrent()).isTrue();
  }

  @Test
  void leavesATemplateThatSomebodyHasChangedUnlessForced() throws Exception {
    apply(template());
    String changed = installed().toString().replace("1024", "2048");
    client().request("PUT", path(), changed).orThrow();

    TemplateReport report = apply(template());

    assertThat(report.found()).isEqualTo(Found.CHANGED);
    assertThat(report.isCurrent()).isFalse();
    assertThat(report.differences())
        .contains("mappings.properties.eventType.ignore_above is 2048, instead of 1024");
    assertThat(installed().toString()).contains("2048");
    assertThat(await(IndexTemplates.apply(sink, template(), true)))
        .isEqualTo(new TemplateReport(Found.CHANGED, report.differences(), true));
    assertThat(check(template()).isCurrent()).isTrue();
  }

  @Test
  void leavesAForeignTemplateOfTheSameNameUnlessForced() throws Exception {
    client().request("PUT", path(), "{\"index_patterns\":[\"template-it-x\"]}").orThrow();

    TemplateReport report = apply(template());

    assertThat(report.found()).isEqualTo(Found.FOREIGN);
    assertThat(report.isCurrent()).isFalse();
    assertThat(report.differences())
        .contains("index_patterns is template-it-x, instead of template-it-*");
    assertThat(installed().toString()).doesNotContain("managed_by");
    assertThat(await(IndexTemplates.apply(sink, template(), true)).isCurrent()).isTrue();
    assertThat(check(template()).isCurrent()).isTrue();
  }

  @Test
  void passesOnWhyTheClusterRefusesIt() throws Exception {
    assumeThat(path()).startsWith("/_index_template/"); // legacy templates of one order are merged
    String other = "/_index_template/other-template-it";
    String body = "{\"index_patterns\":[\"template-it-*\"],\"priority\":200}";
    client().request("PUT", other, body).orThrow();
    try {
      assertThatThrownBy(() -> apply(template()))
          .hasCauseInstanceOf(TemplateRefusedException.class)
          .hasMessageContaining("status 400: illegal_argument_exception: ")
          .hasMessageContaining("that have the same priority [200]");
    } finally {
      client().request("DELETE", other).orThrow();
    }
  }

  @Test
  void aBlockedClusterHasNotRefusedIt() throws Exception {
    String block = "{\"transient\":{\"cluster.blocks.read_only\":%s}}";
    client().request("PUT", "/_cluster/settings", block.formatted("true")).orThrow();
    try {
      assertThatThrownBy(() -> apply(template()))
          .hasCauseExactlyInstanceOf(IOException.class)
          .hasMessageContaining("the cluster is blocked for writing");
    } finally {
      client().request("PUT", "/_cluster/settings", block.formatted("null")).orThrow();
    }
  }

  @Test
  void textThatLooksLikeADateIsNoDate() throws Exception {
    apply(template());
    assertAllWritten("{\"d\":\"2024-01-01\"}", "{\"d\":\"hello\"}");
  }

  @Test
  void scalarsOfAnotherTypeDoNotFailADocument() throws Exception {
    apply(template());
    assertAllWritten(
        "{\"n\":5,\"f\":1.5,\"s\":\"x\",\"@timestamp\":\"2026-01-01T00:00:00Z\"}",
        "{\"n\":\"hello\",\"f\":\"hello\",\"s\":5,\"@timestamp\":\"hello\"}",
        "{\"n\":2.5,\"f\":\"\",\"s\":true,\"@timestamp\":true}",
        "{\"n\":[1,\"x\"],\"f\":[],\"s\":[1,\"x\",null],\"@timestamp\":null}");
    assertThat(write("{\"o\":{\"a\":1}}", "{\"o\":\"x\"}"))
        .as("an object that becomes a scalar")
        .element(1)
        .isInstanceOf(ItemResult.Failed.class);
  }

  @Test
  void longTextsAreStored() throws Exception {
    apply(template());
    String text = "ü".repeat(40_000);
    assertAllWritten(
        "{\"s\":\"" + text + "\"}",
        "{\"eventValue\":\"" + text + "\"}",
        "{\"eventId\":\"" + text + "\"}",
        "{\"_mapping_failure\":\"" + text + "\"}",
        "{\"s\":\"" + "\uD83D\uDE00".repeat(1024) + "\"}");
  }

  @Test
  void deepObjectsAreStoredButNeedNoFields() throws Exception {
    apply(template());
    String deep = "{\"n\":".repeat(30) + "1" + "}".repeat(30);
    String dots = "{\"" + "d.".repeat(10) + "d\":1}";
    assertAllWritten(
        deep,
        deep.replace("1", "\"x\""),
        dots,
        dots.replace("1", "\"x\""),
        "{\"a\":{\"b\":{\"c\":{\"d\":" + object(3_000) + "}}}}");

    JsonNode n = properties().path("n");
    JsonNode third = n.path("properties").path("n").path("properties").path("n");
    assertThat(third.path("properties").path("n").path("enabled").asText()).isEqualTo("false");
    assertThat(client().source(index, "0")).hasValue(deep);
  }

  @Test
  void objectsOfHundredsOfMembersAreIndexed() throws Exception {
    apply(template());
    assertAllWritten("{\"o\":" + object(300) + "}");
    assertThat(properties().path("o").path("properties")).hasSize(300);
  }

  @Test
  void theOriginalOfAnEventIsStoredWithoutBeingIndexed() throws Exception {
    apply(template());
    String text = "x".repeat(1 << 20);
    assertAllWritten(
        "{\"event\":{\"original\":\"" + text + "\"},\"_mapping_failure\":\"because\"}",
        "{\"event\":{\"original\":{\"a\":{\"b\":1}}}}",
        "{\"event\":{\"original\":{\"a\":\"no conflict\"}}}",
        "{\"event.original\":\"dots\"}",
        "{\"event\":{\"name\":\"of a client\"}}");
    JsonNode original = properties().path("event").path("properties").path("original");
    assertThat(original.toString()).isEqualTo("{\"type\":\"object\",\"enabled\":false}");
    assertThat(write("{\"event\":\"of a client\"}"))
        .as("a member of a client that contradicts the mapping")
        .hasOnlyElementsOfType(ItemResult.Failed.class);
  }

  private static String object(int members) {
    List<String> all = IntStream.range(0, members).mapToObj(i -> "\"m" + i + "\":" + i).toList();
    return "{" + String.join(",", all) + "}";
  }

  private void assertAllWritten(String... documents) throws Exception {
    List<ItemResult> results = write(documents);
    for (int i = 0; i < documents.length; i++) {
      String shown = documents[i].substring(0, Math.min(80, documents[i].length()));
      assertThat(results.get(i)).as("%s on %s", shown, version).isEqualTo(ItemResult.WRITTEN);
      String source = client().source(index, String.valueOf(i)).orElseThrow();
      assertThat(source.equals(documents[i])).as("the stored %s", shown).isTrue();
    }
  }

  private List<ItemResult> write(String... documents) throws Exception {
    client().request("DELETE", "/" + index);
    List<Document> all = new ArrayList<>();
    for (String document : documents) {
      String id = String.valueOf(all.size());
      all.add(new Document(index, id, null, document.getBytes(UTF_8)));
    }
    SinkResult result = await(sink.write(DocumentBatch.of(all.toArray(new Document[0]))));
    return IntStream.range(0, documents.length).mapToObj(result::get).toList();
  }

  private JsonNode properties() throws Exception {
    String answer = client().request("GET", "/" + index + "/_mapping").orThrow().body();
    JsonNode mappings = JSON.readTree(answer).path(index).path("mappings");
    return (mappings.has("_doc") ? mappings.path("_doc") : mappings).path("properties");
  }

  /** The template as the cluster has it. */
  private JsonNode installed() throws Exception {
    JsonNode answer = JSON.readTree(client().request("GET", path()).orThrow().body());
    return answer.has("index_templates")
        ? answer.path("index_templates").path(0).path("index_template")
        : answer.path("eventstream");
  }

  private String path() {
    boolean legacy = version.product() == Engine.Product.ELASTICSEARCH && version.major() < 7;
    return legacy ? "/_template/eventstream" : "/_index_template/eventstream";
  }

  private static IndexTemplate template() {
    return IndexTemplate.builder(List.of("template-it-*")).replicas(0).build();
  }

  private TemplateReport check(IndexTemplate template) throws Exception {
    return await(IndexTemplates.check(sink, template));
  }

  private TemplateReport apply(IndexTemplate template) throws Exception {
    return await(IndexTemplates.apply(sink, template, false));
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private EngineClient client() {
    return shared.get().client();
  }
}

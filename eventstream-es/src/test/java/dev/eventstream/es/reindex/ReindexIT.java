package dev.eventstream.es.reindex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.OnMappingFailure;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Copies of indices on real engines. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class ReindexIT {
  private static final AtomicInteger INDICES = new AtomicInteger();
  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension final EngineExtension shared;
  @TempDir Path directory;

  private final Engine version;
  private final String index = "reindex" + INDICES.incrementAndGet();
  private EngineClient client;
  private ElasticsearchSink sink;

  ReindexIT(Engine version) {
    this.version = version;
    this.shared = EngineExtension.shared(version);
  }

  /** Ignores the progress. */
  private static class Quiet implements Reindex.Listener {
    @Override
    public void onProgress(ReindexReport report) {}

    @Override
    public void onWaiting(String reason) {}
  }

  @BeforeEach
  void connect(RealEngine engine) {
    client = engine.client();
    sink =
        ElasticsearchSink.builder(List.of(engine.url()))
            .onMappingFailure(OnMappingFailure.DEAD_LETTER)
            .build();
  }

  @AfterEach
  void disconnect() {
    sink.close();
    client.request("DELETE", "/" + index + "*");
  }

  @Test
  void copiesIntoDailyIndicesWithTheSameIdsAndBytes() throws Exception {
    Map<String, String> documents = new LinkedHashMap<>();
    documents.put("a", event("2026-11-01T12:00:00.000Z", "\"n\":1.0"));
    documents.put("b\"/ü", event("2026-11-02T00:30:00+02:00", "\"big\": 12345678901234567890.10"));
    documents.put(
        "c", event("2026-11-01T23:59:59.999Z", "\"huge\" : 1.0e400,\"t\":\"\\u0041\\/é\""));
    documents.put("d", event("1969-12-31T23:00:00Z", "\"e\":[ ]"));
    documents.put("e", "{\"eventType\":\"x\",\"@timestamp\":1793491200123 ,\"m\":-0.0}");
    documents.put("f", "{ \"eventType\" : \"x\" }");
    createUnmapped(index);
    createUnmapped(index + "-2026.11.01"); // its numbers fit into no field
    load(index, documents);
    String pattern = index + "-{yyyy.MM.dd}";

    ReindexReport report =
        run(
            builder(pattern)
                .portionDocuments(2)
                .timeOfUndated(Instant.parse("2020-01-01T00:00:00Z")));

    assertThat(report.obstacles()).isEmpty();
    assertThat(report.failures()).isEmpty();
    assertThat(report.targets())
        .containsExactly(
            Map.entry(index + "-1969.12.31", 1L),
            Map.entry(index + "-2020.01.01", 1L),
            Map.entry(index + "-2026.11.01", 4L));
    assertThat(report.written()).isEqualTo(6);
    documents.forEach(
        (id, source) -> {
          String target =
              index
                  + (id.equals("d")
                      ? "-1969.12.31"
                      : id.equals("f") ? "-2020.01.01" : "-2026.11.01");
          assertThat(client.source(target, id)).contains(source);
        });
    assertThat(directory.resolve("state")).doesNotExist();

    ReindexReport again =
        run(builder(pattern).timeOfUndated(Instant.parse("2020-01-01T00:00:00Z")));
    assertThat(again.alreadyThere()).isEqualTo(6);
    assertThat(again.obstacles()).isEmpty();
  }

  @Test
  void documentsThatCannotBeCopiedAreReportedAndBlockNoOther() throws Exception {
    Map<String, String> documents = numbered(30);
    documents.put("bad", event("2026-11-01T12:00:00Z", "\"n\":\"text\""));
    documents.put("undated", "{\"eventType\":\"x\",\"n\":5}");
    documents.put("untyped", "{\"@timestamp\":\"2026-11-01T12:00:00Z\"}");
    documents.put("capital", "{\"@timestamp\":\"2026-11-01T12:00:00Z\",\"eventType\":\"../X\"}");
    createUnmapped(index);
    load(index, documents);
    String routed = "/" + index + "/_doc/routed?refresh=true&routing=r";
    client.request("PUT", routed, event("2026-11-01T12:00:00Z", "\"n\":1")).orThrow();
    create(index + "-x-2026.11.01", "\"properties\":{\"n\":{\"type\":\"long\"}}");
    Path rejected = directory.resolve("rejected");

    ReindexReport report = run(builder(index + "-{eventType}-{yyyy.MM.dd}").rejectedFile(rejected));

    assertThat(report.written()).isEqualTo(30);
    assertThat(report.failed()).isEqualTo(5);
    assertThat(report.obstacles()).containsExactly("5 documents are in no target");
    assertThat(client.count(index + "-x-2026.11.01")).isEqualTo(30);
    Map<String, JsonNode> lines =
        Files.readAllLines(rejected).stream()
            .map(ReindexIT::json)
            .collect(Collectors.toMap(line -> line.path("id").asText(), line -> line));
    assertThat(lines).containsOnlyKeys("bad", "undated", "untyped", "capital", "routed");
    assertThat(lines.get("bad").path("reason").asText()).contains("400", "failed to parse");
    assertThat(lines.get("bad").path("source")).isEqualTo(json(documents.get("bad")));
    assertThat(lines.get("undated").path("reason").asText()).contains("@timestamp");
    assertThat(lines.get("untyped").path("reason").asText()).contains("no eventType");
    assertThat(lines.get("capital").path("reason").asText()).contains("name of an index");
    assertThat(lines.get("routed").path("reason").asText()).contains("routing");
    assertThat(lines.get("routed").path("index").asText()).isEqualTo(index);
    assertThatThrownBy(() -> run(builder(index + "-y").rejectedFile(rejected)))
        .hasMessageContaining("move it away");
  }

  @Test
  void goesOnByItselfWhenTheEngineIsKilledInTheMiddle(RealEngine engine) throws Exception {
    int count = 3_000;
    createUnmapped(index);
    load(index, numbered(count));
    AtomicBoolean killed = new AtomicBoolean();

    ReindexReport report =
        builder(index + "-copy")
            .portionDocuments(1_000)
            .build()
            .run(
                new Quiet() {
                  @Override
                  public void onProgress(ReindexReport progress) {
                    if (progress.read() > 1_500 && !killed.getAndSet(true)) {
                      engine.kill();
                      engine.restart();
                    }
                  }
                });

    assertThat(killed).isTrue();
    assertThat(report.obstacles()).isEmpty();
    assertThat(report.read()).isEqualTo(count);
    assertThat(report.written() + report.alreadyThere()).isEqualTo(count);
    assertThat(report.alreadyThere()).isLessThanOrEqualTo(1_000);
    assertThat(client.count(index + "-copy")).isEqualTo(count);
  }

  @Test
  void anInterruptedCopyContinuesWhereItWas() throws Exception {
    createUnmapped(index);
    load(index, numbered(500));
    AtomicBoolean stopped = new AtomicBoolean();
    Reindex.Listener stopping =
        new Quiet() {
          @Override
          public void onProgress(ReindexReport progress) {
            if (progress.read() > 250 && !stopped.getAndSet(true)) {
              Thread.currentThread().interrupt();
            }
          }
        };
    Reindex copy = builder(index + "-copy").portionDocuments(100).build();
    assertThatThrownBy(() -> copy.run(stopping)).isInstanceOf(InterruptedException.class);
    long done = json(Files.readString(directory.resolve("state"))).at("/counts/read").asLong();
    assertThat(done).isBetween(100L, 400L);
    assertThatThrownBy(() -> run(builder(index + "-other")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("use another state file");

    ReindexReport report = copy.run(new Quiet());

    assertThat(report.obstacles()).isEmpty();
    assertThat(report.read()).isEqualTo(500);
    assertThat(report.alreadyThere()).isLessThanOrEqualTo(100);
    assertThat(client.count(index + "-copy")).isEqualTo(500);
  }

  @Test
  void aCopyThatGaveUpHasStoredOnlyWhatTheClusterHasAcknowledged() throws Exception {
    createUnmapped(index);
    load(index, numbered(300));
    createUnmapped(index + "-copy");
    String settings = "/" + index + "-copy/_settings";
    client.request("PUT", settings, "{\"index.blocks.write\":true}").orThrow();
    assertThatThrownBy(() -> run(builder(index + "-copy").maxWait(Duration.ZERO)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("continues when it is run again");
    client.request("PUT", settings, "{\"index.blocks.write\":false}").orThrow();

    ReindexReport report = run(builder(index + "-copy"));

    assertThat(report.obstacles()).isEmpty();
    assertThat(report.written()).isEqualTo(300);
    assertThat(client.count(index + "-copy")).isEqualTo(300);
  }

  @Test
  void pagesOfLargeDocumentsAreSmall() throws Exception {
    createUnmapped(index);
    createUnmapped(index + "-copy");
    String text = "x".repeat(1 << 20);
    for (int i = 0; i < 12; i++) {
      load(index, Map.of("big" + i, event("2026-11-01T12:00:00Z", "\"text\":\"" + text + "\"")));
    }
    List<Long> reads = new ArrayList<>(List.of(0L));

    ReindexReport report =
        builder(index + "-copy")
            .build()
            .run(
                new Quiet() {
                  @Override
                  public void onProgress(ReindexReport progress) {
                    reads.add(progress.read());
                  }
                });

    assertThat(report.written()).isEqualTo(12);
    for (int i = 1; i < reads.size(); i++) {
      assertThat(reads.get(i) - reads.get(i - 1)).isLessThanOrEqualTo(3);
    }
  }

  @Test
  void theAliasIsSwitchedInOneStepWhenNothingIsMissing() throws Exception {
    createUnmapped(index);
    load(index, numbered(20));
    assertThatThrownBy(() -> run(builder(index + "-copy").switchAlias(index, false)))
        .hasMessageContaining("--delete-source");
    client.request("PUT", "/" + index + "/_alias/" + index + "-alias", "{}").orThrow();

    ReindexReport report = run(builder(index + "-copy").switchAlias(index + "-alias", false));

    assertThat(report.obstacles()).isEmpty();
    assertThat(concrete(index + "-alias")).containsExactly(index + "-copy");
    assertThat(client.count(index)).isEqualTo(20);

    assertThat(run(builder(index + "-copy").switchAlias(index, true)).obstacles()).isEmpty();

    assertThat(concrete(index)).containsExactly(index + "-copy");
    assertThat(client.count(index)).isEqualTo(20);
  }

  @Test
  void nothingIsDeletedIfDocumentsCameMeanwhileOrAreMissing() throws Exception {
    createUnmapped(index);
    load(index, numbered(20));
    AtomicBoolean written = new AtomicBoolean();
    Reindex.Listener writing =
        new Quiet() {
          @Override
          public void onProgress(ReindexReport progress) {
            if (!written.getAndSet(true)) {
              load(index, Map.of("late", event("2026-11-01T00:00:00Z", "\"n\":21")));
            }
          }
        };

    ReindexReport late = builder(index + "-copy").switchAlias(index, true).build().run(writing);

    assertThat(late.obstacles()).singleElement().asString().contains("1 documents that came");
    load(index, Map.of("later", event("2026-11-01T00:00:00Z", "\"n\":22"))); // it is not blocked
    load(index, Map.of("undated", "{\"eventType\":\"x\"}"));

    ReindexReport missing = run(builder(index + "-daily-{yyyy.MM.dd}").switchAlias(index, true));

    assertThat(missing.obstacles()).containsExactly("1 documents are in no target");
    assertThat(client.count(index)).isEqualTo(23);
    assertThat(concrete(index)).containsExactly(index);
  }

  @Test
  void documentsWithTheSameIdInSeveralSourcesAreNoticed() throws Exception {
    createUnmapped(index + "-a");
    createUnmapped(index + "-b");
    load(index + "-a", numbered(10));
    load(index + "-b", numbered(5));

    ReindexReport report =
        run(Reindex.builder(sink, index + "-*", index + "_all").stateFile(state()));

    assertThat(report.read()).isEqualTo(15);
    assertThat(report.obstacles()).singleElement().asString().contains("the same id");
  }

  @Test
  void aSourceThatCannotBeCopiedIsRefused() throws Exception {
    assertThatThrownBy(() -> run(builder(index + "-copy"))).hasMessageContaining("no index");
    create(index, "\"_source\":{\"enabled\":false}");
    assertThatThrownBy(() -> run(builder(index + "-copy"))).hasMessageContaining("_source");
    createUnmapped(index + "-a");
    load(index + "-a", numbered(1));
    client.request("PUT", "/" + index + "-a/_alias/" + index + "-alias", "{}").orThrow();

    for (String pattern : List.of(index + "-a", index + "-alias")) {
      assertThatThrownBy(() -> run(Reindex.builder(sink, index + "-*", pattern).stateFile(state())))
          .hasMessageContaining("is a source itself");
    }
  }

  @Test
  void anEmptySourceIsCopied() throws Exception {
    createUnmapped(index);

    ReindexReport report = run(builder(index + "-{yyyy.MM}"));

    assertThat(report.read()).isZero();
    assertThat(report.obstacles()).isEmpty();
  }

  @Test
  void aDryRunSaysWhereDocumentsWouldGo() throws Exception {
    createUnmapped(index);
    Map<String, String> documents = numbered(50);
    documents.put("undated", "{\"eventType\":\"x\"}");
    load(index, documents);

    ReindexReport sample = builder(index + "-{yyyy}").build().dryRun();

    assertThat(sample.total()).isEqualTo(51);
    assertThat(sample.read()).isGreaterThanOrEqualTo(51);
    assertThat(sample.targets()).containsOnlyKeys(index + "-2026");
    assertThat(sample.failures()).isNotEmpty();
    assertThat(client.count(index + "-2026")).isZero();
    assertThat(state()).doesNotExist();
  }

  private ReindexBuilder builder(String pattern) {
    return Reindex.builder(sink, index, pattern).stateFile(state());
  }

  private Path state() {
    return directory.resolve("state");
  }

  private static ReindexReport run(ReindexBuilder builder) throws Exception {
    return builder.build().run(new Quiet());
  }

  private static String event(String timestamp, String member) {
    return "{\"eventType\":\"x\",\"@timestamp\":\"" + timestamp + "\"," + member + "}";
  }

  /** One each second of a day. */
  private static Map<String, String> numbered(int count) {
    Instant start = Instant.parse("2026-11-01T00:00:00Z");
    Map<String, String> documents = new LinkedHashMap<>();
    IntStream.range(0, count)
        .forEach(i -> documents.put("id" + i, event("" + start.plusSeconds(i), "\"n\":" + i)));
    return documents;
  }

  /** Only the time is indexed, so that sources can be anything. */
  private void createUnmapped(String name) {
    create(name, "\"dynamic\":false,\"properties\":{\"@timestamp\":{\"type\":\"date\"}}");
  }

  private void create(String name, String mapping) {
    String mappings =
        version.needsMappingType() ? "{\"_doc\":{" + mapping + "}}" : "{" + mapping + "}";
    String settings = "{\"number_of_shards\":2,\"number_of_replicas\":0}";
    client
        .request("PUT", "/" + name, "{\"settings\":" + settings + ",\"mappings\":" + mappings + "}")
        .orThrow();
  }

  private void load(String name, Map<String, String> documents) {
    StringBuilder lines = new StringBuilder();
    String type = version.needsMappingType() ? ",\"_type\":\"_doc\"" : "";
    documents.forEach(
        (id, source) ->
            lines
                .append("{\"create\":{\"_index\":\"" + name + "\"" + type + ",\"_id\":")
                .append(JSON.getNodeFactory().textNode(id))
                .append("}}\n")
                .append(source)
                .append('\n'));
    String answer = client.request("POST", "/_bulk", lines.toString()).orThrow().body();
    assertThat(answer).contains("\"errors\":false");
  }

  private List<String> concrete(String name) {
    List<String> names = new ArrayList<>();
    json(client.request("GET", "/" + name + "/_settings").orThrow().body())
        .fieldNames()
        .forEachRemaining(names::add);
    return names;
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}

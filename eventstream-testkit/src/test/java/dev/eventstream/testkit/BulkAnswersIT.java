package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.eventstream.testkit.Engine.Product;
import dev.eventstream.testkit.EngineClient.Response;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.ListAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

/**
 * What each engine answers to a bulk in which a document cannot be written, observed without the
 * code under test. A sink's classification of failures relies on these facts. Each bulk also
 * contains a valid document for another index.
 */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class BulkAnswersIT {

  /** An answer takes about 0.2 s; this is how long to wait for one that does not arrive. */
  private static final Duration NEVER = Duration.ofSeconds(5);

  private static final String ONE_SHARD = "\"number_of_shards\":1,\"number_of_replicas\":0";
  private static final String CREATED = "201 created";

  private static final Pattern ITEM =
      Pattern.compile(
          "\\{\"create\":\\{(?:\"result\":\"(\\w+)\",)?\"status\":(\\d+)"
              + "(?:,\"error\":\\{\"type\":\"(\\w+)\",\"reason\":\"((?:[^\"\\\\]|\\\\.)*)\"})?}}");

  /** The part of an answer that is compared. */
  private static final String ESSENCE =
      "filter_path=errors,error.type,error.reason,items.*.status,items.*.result,"
          + "items.*.error.type,items.*.error.reason";

  private static final AtomicInteger NAMES = new AtomicInteger();

  private static RealEngine engine;

  private final Engine which;

  /** An index, pipeline or template of this test alone. */
  private final String name = "test-" + NAMES.incrementAndGet();

  /** The cluster settings that this test has changed. */
  private final List<String> changed = new ArrayList<>();

  BulkAnswersIT(Engine which) {
    this.which = which;
  }

  @BeforeParameterizedClassInvocation
  static void start(Engine which) {
    try {
      engine = RealEngine.builder(which).ingestProcessors().start();
    } catch (EngineUnavailableException e) {
      throw new TestAbortedException(e.getMessage(), e);
    }
    put("/good", "{\"settings\":{" + ONE_SHARD + "}}");
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    if (engine != null) {
      engine.close();
    }
    engine = null;
  }

  @AfterEach
  void undoSettings() {
    // each by its name, because a read-only cluster accepts only the removal of that block
    changed.forEach(
        setting -> put("/_cluster/settings", "{\"transient\":{\"" + setting + "\":null}}"));
  }

  // Pipelines

  @Test
  void aDroppedDocumentIsAnsweredAsNoopAndNotStored() {
    pipeline("{\"drop\":{}}");

    Response answer =
        engine.client().request("POST", "/_bulk", bulk(create(name, "1", "{\"a\":1}"), good()));

    assertThat(answer.body())
        .contains("\"errors\":false")
        .contains(
            "\"_id\":\"1\",\"_version\":-4,\"result\":\"noop\","
                + "\"_shards\":{\"total\":0,\"successful\":0,\"failed\":0},\"status\":200}}");
    assertThat(engine.client().count(name)).isZero();
  }

  @Test
  void aDocumentWhosePipelineFailsIsAnsweredWith500() {
    pipeline("{\"fail\":{\"message\":\"no such customer\"}}");

    assertThat(answers(create(name, "1", "{\"a\":1}"), good()))
        .containsExactly(
            isElasticsearch(6)
                ? "500 exception: java.lang.IllegalArgumentException:"
                    + " org.elasticsearch.ingest.common.FailProcessorException: no such customer"
                : "500 fail_processor_exception: no such customer",
            CREATED);
  }

  @Test
  void aPipelineMayChooseAnotherIndex() {
    pipeline("{\"set\":{\"field\":\"_index\",\"value\":\"" + name + "-other\"}}");

    Response answer =
        engine.client().request("POST", "/_bulk", bulk(create(name, "1", "{\"a\":1}")));

    assertThat(answer.body()).contains("\"_index\":\"" + name + "-other\"", "\"status\":201");
    assertThat(engine.client().count(name)).isZero();
    assertThat(engine.client().count(name + "-other")).isOne();
  }

  @Test
  void anUnreadableDocumentFailsTheOthersOfItsEmptyPipelineOnSomeEngines() {
    pipeline("");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      lines.add(create(name, "good-" + i, "{\"a\":1}"));
    }
    lines.add(create(name, "bad", "{\"a\":1" + "0".repeat(1000) + "}"));

    if (isElasticsearch(9)) {
      assertFailsTheWholeBulk(lines);
      return;
    }
    List<String> answers = answers(lines.toArray(String[]::new));

    if (isOpenSearch(2)) {
      assertThat(answers)
          .hasSize(10)
          .containsOnly("400 parse_exception: Failed to parse content to map");
      lines.remove(9);
      assertThat(answers(lines.toArray(String[]::new))).hasSize(9).containsOnly(CREATED);
    } else {
      assertThat(answers.subList(0, 9)).containsOnly(CREATED);
      assertThat(answers.get(9))
          .startsWith("400 mapper_parsing_exception: failed to parse field [a]");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"_routing\":5}", "{\"_routing\":{\"a\":1}}"})
  void aRoutingThatIsNotAStringIsTreatedAsMetadataAfterAPipeline(String document) {
    pipeline("{\"set\":{\"field\":\"x\",\"value\":1}}");
    String classCast = "500 class_cast_exception: class java.";

    if (isElasticsearch(7)) {
      assertNeverAnswered(document);
    } else if (isOpenSearch(2)) {
      assertTogether(document).allMatch(answer -> answer.startsWith(classCast));
    } else {
      assertAlone(document)
          .matches(
              isElasticsearchSince(8)
                  ? mappingFault("failed to parse field [_routing]")
                  : Pattern.compile(Pattern.quote(classCast) + ".*"));
    }
  }

  @Test
  void aSequenceNumberThatIsNotANumberIsTreatedAsMetadataAfterAPipeline() {
    pipeline("{\"set\":{\"field\":\"x\",\"value\":1}}");
    String document = "{\"_if_seq_no\":\"a\"}";
    String classCast = "500 class_cast_exception: class java.lang.String cannot be cast";

    if (isElasticsearch(7)) {
      assertNeverAnswered(document);
    } else if (isOpenSearch(2)) {
      assertTogether(document).allMatch(answer -> answer.startsWith(classCast));
    } else {
      assertAlone(document).startsWith(isOpenSearch(1) ? classCast : CREATED);
    }
  }

  @Test
  void aNegativeSequenceNumberIsTreatedAsMetadataAfterAPipeline() {
    pipeline("{\"set\":{\"field\":\"x\",\"value\":1}}");
    String document = "{\"_if_seq_no\":-1}";
    String negative =
        "400 illegal_argument_exception: sequence numbers must be non negative. got [-1].";

    if (isElasticsearch(7)) {
      assertNeverAnswered(document);
    } else if (isOpenSearch(2)) {
      assertTogether(document).containsOnly(negative);
    } else {
      assertAlone(document).isEqualTo(isOpenSearch(1) ? negative : CREATED);
    }
  }

  @Test
  void aSequenceNumberOfAMissingDocumentIsAnsweredWith409() {
    pipeline("{\"set\":{\"field\":\"x\",\"value\":1}}");

    assertAlone("{\"_if_seq_no\":5}")
        .isEqualTo(
            isElasticsearch(6) || isElasticsearchSince(8)
                ? CREATED
                : "409 version_conflict_engine_exception: [bad]: version conflict,"
                    + " required seqNo [5], primary term [0]. but no document was found");
  }

  @Test
  void aMissingPipelineIsAnsweredWith400() {
    index(",\"index.default_pipeline\":\"no-such-pipeline\"", "");

    assertThat(answers(create(name, "1", "{\"a\":1}"), good()))
        .containsExactly(
            "400 illegal_argument_exception: pipeline with id [no-such-pipeline] does not exist",
            CREATED);
  }

  // Indices that accept no documents now

  @ParameterizedTest
  @ValueSource(strings = {"two indices", "no write index"})
  void anAliasWithoutAWriteIndexFailsTheWholeBulkOnElasticsearch6Only(String indices) {
    String alias = name + "-alias";
    boolean two = indices.equals("two indices");
    String options = two ? "{}" : "{\"is_write_index\":false}";
    index("", ",\"aliases\":{\"" + alias + "\":" + options + "}");
    if (two) {
      put("/" + name + "-2", "{\"aliases\":{\"" + alias + "\":{}}}");
    }
    String reason = "no write index is defined for alias [" + alias + "].";

    Response answer = request("", create(alias, "1", "{\"a\":1}"), good());

    if (isElasticsearch(6)) {
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).contains("illegal_argument_exception", reason);
    } else {
      assertThat(items(answer)).hasSize(2).endsWith(CREATED);
      assertThat(items(answer).get(0)).startsWith("400 illegal_argument_exception: " + reason);
    }
  }

  @Test
  void aClosedIndexIsAnsweredWith400() {
    index("", "");
    engine.client().request("POST", "/" + name + "/_close").orThrow();

    assertThat(answers(create(name, "1", "{\"a\":1}"), good()))
        .containsExactly("400 index_closed_exception: closed", CREATED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "+x*,-*"})
  void anIndexThatCannotBeCreatedIsAnsweredWith404(String allowed) {
    set("action.auto_create_index", allowed);

    List<String> answers = answers(create(name, "1", "{\"a\":1}"), good());

    assertThat(answers).hasSize(2).endsWith(CREATED);
    assertThat(answers.get(0)).startsWith("404 index_not_found_exception: no such index");
  }

  @Test
  void aWriteBlockIsAnsweredWith403() {
    index(",\"index.blocks.write\":true", "");

    List<String> answers = answers(create(name, "1", "{\"a\":1}"), good());

    assertThat(answers).hasSize(2).endsWith(CREATED);
    assertThat(answers.get(0))
        .startsWith("403 cluster_block_exception:")
        .endsWith("blocked by: [FORBIDDEN/8/index write (api)];");
  }

  @Test
  void theBlockOfAFullDiskIsAnsweredWith429Or403OnElasticsearch6() {
    index("", "");
    put("/" + name + "/_settings", "{\"index.blocks.read_only_allow_delete\":true}");

    List<String> answers = answers(create(name, "1", "{\"a\":1}"), good());

    assertThat(answers).hasSize(2).endsWith(CREATED);
    assertThat(answers.get(0))
        .startsWith((isElasticsearch(6) ? 403 : 429) + " cluster_block_exception:")
        .contains(isElasticsearch(6) ? "[FORBIDDEN/12/" : "[TOO_MANY_REQUESTS/12/");
  }

  @ParameterizedTest
  @ValueSource(strings = {"read_only", "read_only_allow_delete"})
  void aClusterBlockFailsTheWholeBulkWith403(String block) {
    set("cluster.blocks." + block, "true");

    Response answer = request("", good());

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.body()).contains("cluster_block_exception");
  }

  @Test
  void aRedIndexIsAnsweredWith503AfterTheTimeout() {
    redIndex();

    List<String> answers = items(request("&timeout=500ms", create(name, "1", "{\"a\":1}"), good()));

    assertThat(answers).hasSize(2).endsWith(CREATED);
    assertThat(answers.get(0))
        .startsWith(
            "503 unavailable_shards_exception: ["
                + name
                + "][0] primary shard is not active Timeout: [500ms]");
  }

  @Test
  void anIndexThatIsDeletedWhileAWriteWaitsForItIsAnsweredWith404() {
    redIndex();
    CompletableFuture<Response> answer =
        CompletableFuture.supplyAsync(
            () -> request("&timeout=5s", create(name, "1", "{\"a\":1}"), good()));
    await()
        .until(
            () ->
                engine
                    .client()
                    .request("GET", "/_tasks?detailed&actions=indices:data/write/bulk*")
                    .body()
                    .contains(name));

    engine.client().request("DELETE", "/" + name).orThrow();

    List<String> answers = items(answer.join());
    assertThat(answers).hasSize(2).endsWith(CREATED);
    assertThat(answers.get(0)).startsWith("404 index_not_found_exception: no such index");
  }

  @Test
  void aFullClusterIsAnsweredWith400ExceptOnElasticsearch6() {
    set("cluster.max_shards_per_node", "1");

    List<String> answers = answers(create(name, "1", "{\"a\":1}"), good());

    assertThat(answers).hasSize(2).endsWith(CREATED);
    assertThat(answers.get(0))
        .startsWith(
            isElasticsearch(6)
                ? CREATED
                : "400 validation_exception: Validation Failed: 1: this action would add [");
  }

  // Indices that reject this document

  @Test
  void conflictingTemplatesAreAnsweredWith400WhenTheIndexIsCreated() {
    template(name + "-1", 1, "{\"x\":{\"type\":\"keyword\"}}");
    template(name + "-2", 2, "{\"x\":{\"properties\":{\"y\":{\"type\":\"keyword\"}}}}");

    List<String> answers = answers(create(name, "1", "{\"a\":1}"), good());

    assertThat(answers).hasSize(2).endsWith(CREATED);
    assertThat(answers.get(0))
        .startsWith(
            isElasticsearchSince(8)
                ? "400 mapper_parsing_exception: Failed to parse mapping:"
                : "400 mapper_parsing_exception: Failed to parse mapping [_doc]:");
  }

  @Test
  void aMappingConflictIsAnsweredWith400() {
    index("", mappings("\"properties\":{\"n\":{\"type\":\"long\"}}"));

    List<String> answers =
        answers(create(name, "1", "{\"n\":\"abc\"}"), create(name, "2", "{\"n\":1}"), good());

    assertThat(answers).hasSize(3).endsWith(CREATED, CREATED);
    assertThat(answers.get(0)).matches(mappingFault("failed to parse field [n] of type [long]"));
  }

  @Test
  void aMissingRoutingIsAnsweredWith400() {
    index("", mappings("\"_routing\":{\"required\":true}"));

    List<String> answers = answers(create(name, "1", "{\"a\":1}"), good());

    assertThat(answers).hasSize(2).endsWith(CREATED);
    assertThat(answers.get(0))
        .startsWith("400 routing_missing_exception: routing is required for [" + name + "]/");
  }

  @Test
  void tooManyFieldsAreAnsweredWith400() {
    index(",\"index.mapping.total_fields.limit\":3", "");

    List<String> answers = answers(create(name, "1", "{\"a\":1,\"b\":2,\"c\":3,\"d\":4}"), good());

    assertThat(answers).hasSize(2).endsWith(CREATED);
    assertThat(answers.get(0))
        .matches(
            isElasticsearchSince(7)
                ? mappingFault("failed to parse")
                : Pattern.compile("400 illegal_argument_exception: Limit of total fields \\[3].*"));
  }

  @Test
  void anIllegalIndexNameIsAnsweredWith400() {
    assertThat(answers(create("UPPER", "1", "{\"a\":1}"), good()))
        .containsExactly(
            "400 invalid_index_name_exception: Invalid index name [UPPER], must be lowercase",
            CREATED);
  }

  @Test
  void aTooLongIdFailsTheWholeBulk() {
    Response answer = request("", create("good", "i".repeat(513), "{\"a\":1}"), good());

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains("action_request_validation_exception");
  }

  /** Asserts that the bulk is not answered and that none of it is written. */
  private void assertNeverAnswered(String document) {
    long before = engine.client().count("good");

    assertThatThrownBy(
            () ->
                new EngineClient(engine.url(), NEVER)
                    .request("POST", "/_bulk", bulk(inBulkOfTen(document))))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("timed out");
    assertThat(engine.client().count(name)).isZero();
    assertThat(engine.client().count("good")).isEqualTo(before);
  }

  /** Returns the document's answer, and asserts that the other nine of the bulk are written. */
  private AbstractStringAssert<?> assertAlone(String document) {
    List<String> answers = answers(inBulkOfTen(document));
    assertThat(answers.subList(0, 9)).containsOnly(CREATED);
    return assertThat(answers.get(9));
  }

  /**
   * Returns the answers of all documents with the same pipeline, and asserts that only the others
   * are written.
   */
  private ListAssert<String> assertTogether(String document) {
    List<String> answers = answers(inBulkOfTen(document));
    assertThat(answers.subList(0, 4)).containsOnly(CREATED);
    assertThat(engine.client().count(name)).isZero();
    return assertThat(answers.subList(4, 10));
  }

  /**
   * Returns four valid documents for another index, five for this test's own, and the given one.
   */
  private String[] inBulkOfTen(String document) {
    return Stream.concat(
            Stream.concat(
                Stream.generate(this::good).limit(4),
                Stream.of("1", "2", "3", "4", "5").map(id -> create(name, id, "{\"a\":1}"))),
            Stream.of(create(name, "bad", document)))
        .toArray(String[]::new);
  }

  private void assertFailsTheWholeBulk(List<String> creates) {
    Response answer = request("", creates.toArray(String[]::new));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains("\"parse_exception\"", "Failed to parse content to type");
    assertThat(engine.client().count(name)).isZero();
  }

  /** Returns what the answer to a document that contradicts its mapping looks like. */
  private Pattern mappingFault(String reason) {
    return Pattern.compile(
        isElasticsearch(9)
            ? "400 document_parsing_exception: \\[\\d+:\\d+] " + Pattern.quote(reason) + ".*"
            : "400 mapper_parsing_exception: " + Pattern.quote(reason) + ".*");
  }

  private List<String> answers(String... creates) {
    return items(request("", creates));
  }

  /** Returns each item as status and result, or as status, type and reason of its error. */
  private static List<String> items(Response answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    List<String> items = new ArrayList<>();
    Matcher item = ITEM.matcher(answer.body());
    while (item.find()) {
      items.add(
          item.group(3) == null
              ? item.group(2) + " " + item.group(1)
              : item.group(2) + " " + item.group(3) + ": " + item.group(4));
    }
    return items;
  }

  /**
   * Sends a bulk.
   *
   * @param parameter a parameter of the request, or empty
   */
  private static Response request(String parameter, String... creates) {
    return engine.client().request("POST", "/_bulk?" + ESSENCE + parameter, bulk(creates));
  }

  private static String bulk(String... creates) {
    return String.join("\n", creates);
  }

  private String good() {
    return create("good", name + "-" + NAMES.incrementAndGet(), "{\"a\":1}");
  }

  private String create(String index, String id, String document) {
    String type = isElasticsearch(6) ? ",\"_type\":\"_doc\"" : "";
    return "{\"create\":{\"_index\":\"%s\",\"_id\":\"%s\"%s}}\n%s"
        .formatted(index, id, type, document);
  }

  /**
   * Creates a pipeline with these processors (comma-separated JSON), and this test's index with it
   * as the default pipeline.
   */
  private void pipeline(String processors) {
    put("/_ingest/pipeline/" + name, "{\"processors\":[" + processors + "]}");
    index(",\"index.default_pipeline\":\"" + name + "\"", "");
  }

  private void index(String settings, String more) {
    put("/" + name, "{\"settings\":{" + ONE_SHARD + settings + "}" + more + "}");
  }

  private void redIndex() {
    put(
        "/" + name + "?wait_for_active_shards=0",
        "{\"settings\":{" + ONE_SHARD + ",\"index.routing.allocation.require.box\":\"none\"}}");
  }

  private void template(String template, int order, String properties) {
    put(
        "/_template/" + template,
        "{\"index_patterns\":[\"%s\"],\"order\":%d%s}"
            .formatted(name, order, mappings("\"properties\":" + properties)));
  }

  private String mappings(String mapping) {
    String untyped = "{" + mapping + "}";
    return ",\"mappings\":" + (isElasticsearch(6) ? "{\"_doc\":" + untyped + "}" : untyped);
  }

  private void set(String setting, String value) {
    changed.add(setting);
    put("/_cluster/settings", "{\"transient\":{\"" + setting + "\":\"" + value + "\"}}");
  }

  private static void put(String path, String body) {
    engine.client().request("PUT", path, body).orThrow();
  }

  private boolean isElasticsearch(int major) {
    return which.product() == Product.ELASTICSEARCH && which.major() == major;
  }

  private boolean isElasticsearchSince(int oldestMajor) {
    return which.product() == Product.ELASTICSEARCH && which.major() >= oldestMajor;
  }

  private boolean isOpenSearch(int oldestMajor) {
    return which.product() == Product.OPENSEARCH && which.major() >= oldestMajor;
  }
}

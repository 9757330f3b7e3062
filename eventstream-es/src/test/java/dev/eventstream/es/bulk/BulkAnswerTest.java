package dev.eventstream.es.bulk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BulkAnswerTest {
  private static final String CREATED = "{\"create\":{\"status\":201}}";

  /** An answer of Elasticsearch 7.17 without a filter. */
  private static final String MIXED =
      """
      {"took":30,"errors":true,"items":[
        {"create":{"_index":"a","_type":"_doc","_id":"1","_version":1,"result":"created",
          "_shards":{"total":2,"successful":1,"failed":0},"_seq_no":0,"_primary_term":1,"status":201}},
        {"create":{"_index":"a","_type":"_doc","_id":"1","status":409,"error":{
          "type":"version_conflict_engine_exception",
          "reason":"[1]: version conflict, document already exists (current version [1])",
          "index_uuid":"u","shard":"0","index":"a"}}},
        {"create":{"_index":"a","_type":"_doc","_id":"2","status":400,"error":{
          "type":"mapper_parsing_exception",
          "reason":"failed to parse field [n] of type [long] in document with id '2'",
          "caused_by":{"type":"illegal_argument_exception","reason":"For input string: \\"x\\""}}}},
        {"create":{"_index":"b","_type":"_doc","_id":"3","status":403,"error":{
          "type":"cluster_block_exception",
          "reason":"index [b] blocked by: [FORBIDDEN/8/index write (api)];"}}},
        {"create":{"_index":"a","_type":"_doc","_id":"4","status":429,"error":{
          "type":"es_rejected_execution_exception","reason":"rejected execution of coordinating operation"}}}
      ]}
      """;

  @Test
  void readsThatAllWereCreated() throws IOException {
    SinkResult result = parse("{\"items\":[" + CREATED + "," + CREATED + "]}", 2);

    assertThat(result.allWritten()).isTrue();
    assertThat(result.size()).isEqualTo(2);
  }

  @Test
  void readsEachItemOfAMixedAnswer() throws IOException {
    SinkResult result = parse(MIXED, 5);

    assertThat(result.allWritten()).isFalse();
    assertThat(items(result))
        .containsExactly(
            ItemResult.WRITTEN,
            ItemResult.DUPLICATE,
            new ItemResult.Failed(
                FailureClass.NEVER,
                "400 mapper_parsing_exception: failed to parse field [n] of type [long] in document"
                    + " with id '2': For input string: \"x\""),
            new ItemResult.Failed(
                FailureClass.BLOCKED,
                "403 cluster_block_exception: index [b] blocked by: [FORBIDDEN/8/index write"
                    + " (api)];"),
            new ItemResult.Failed(
                FailureClass.RETRY,
                "429 es_rejected_execution_exception: rejected execution of coordinating"
                    + " operation"));
  }

  @Test
  void asksForWhatItReadsAndNoMore() throws IOException {
    // the same answer with the filter path
    String filtered =
        """
        {"items":[{"create":{"status":201}},{"create":{"status":400,"error":{
          "type":"mapper_parsing_exception","reason":"a","caused_by":{"reason":"b"}}}}]}
        """;

    assertThat(items(parse(filtered, 2)))
        .containsExactly(
            ItemResult.WRITTEN,
            new ItemResult.Failed(FailureClass.NEVER, "400 mapper_parsing_exception: a: b"));
    assertThat(BulkAnswer.FILTER_PATH.split(","))
        .containsExactlyInAnyOrder(
            "items.create._id",
            "items.create.status",
            "items.create.result",
            "items.create.failure_store",
            "items.create.error.type",
            "items.create.error.reason",
            "items.create.error.caused_by.reason");
  }

  @Test
  void tellsWhatWasDroppedFromWhatWasWritten() throws IOException {
    // OpenSearch 2.19.6 with a drop processor, and Elasticsearch 9 with a failure store
    String answer =
        """
        {"items":[{"create":{"_index":"dropped","_id":"1","_version":-4,"result":"noop",
            "_shards":{"total":0,"successful":0,"failed":0},"status":200}},
          {"create":{"result":"created","status":201}},
          {"create":{"result":"created","failure_store":"used","status":201}}]}
        """;

    assertThat(items(parse(answer, 3)))
        .containsExactly(
            ItemResult.DROPPED,
            ItemResult.WRITTEN,
            new ItemResult.Failed(
                FailureClass.NEVER, "201: the cluster has put it into its failure store"));
  }

  private static String failed(String type, String reason) {
    return "{\"create\":{\"status\":400,\"error\":{\"type\":\""
        + type
        + "\",\"reason\":\""
        + reason
        + "\"}}}";
  }

  @Test
  void doubtsAnErrorThatSeveralDocumentsHaveUntilOneIsAlone() throws IOException {
    String error = failed("parse_exception", "Failed to parse content to map");
    String other = failed("parse_exception", "another");
    String reason = "400 parse_exception: Failed to parse content to map";

    assertThat(
            items(
                parse(
                    "{\"items\":[" + error + "," + CREATED + "," + error + "," + other + "]}", 4)))
        .containsExactly(
            new ItemResult.Failed(FailureClass.UNCLEAR, reason),
            ItemResult.WRITTEN,
            new ItemResult.Failed(FailureClass.UNCLEAR, reason),
            new ItemResult.Failed(FailureClass.NEVER, "400 parse_exception: another"));
    assertThat(items(parse("{\"items\":[" + error + "]}", 1)))
        .containsExactly(new ItemResult.Failed(FailureClass.NEVER, reason));
  }

  @Test
  void doesNotDoubtAnErrorThatIsEachDocumentsOwn() throws IOException {
    String error = failed("mapper_parsing_exception", "failed to parse field [n]");

    assertThat(items(parse("{\"items\":[" + error + "," + error + "]}", 2)))
        .containsOnly(
            new ItemResult.Failed(
                FailureClass.NEVER, "400 mapper_parsing_exception: failed to parse field [n]"));
  }

  @Test
  void leavesOutTheDocumentsThatTheEngineQuotesWithARequest() throws IOException {
    String answer =
        "{\"items\":[{\"create\":{\"status\":503,\"error\":{\"type\":\"unavailable_shards_exception\","
            + "\"reason\":\"[red][0] primary shard is not active Timeout: [2s], request:"
            + " [BulkShardRequest [[red][0]] containing [index {[red][1], source[secret]}]]\"}}}]}";

    assertThat(items(parse(answer, 1)))
        .containsExactly(
            new ItemResult.Failed(
                FailureClass.UNAVAILABLE,
                "503 unavailable_shards_exception: [red][0] primary shard is not active Timeout:"
                    + " [2s]"));
  }

  @Test
  void doesNotMindItemsThatAreNamedAfterAnotherOperation() throws IOException {
    String answer =
        "{\"items\":[{\"index\":{\"status\":201}},{\"update\":{\"status\":200}},"
            + "{\"index\":{\"status\":429}}]}";

    assertThat(items(parse(answer, 3)))
        .containsExactly(
            ItemResult.WRITTEN,
            ItemResult.WRITTEN,
            new ItemResult.Failed(FailureClass.RETRY, "429"));
  }

  @Test
  void skipsMembersThatItDoesNotKnow() throws IOException {
    String answer =
        """
        {"new":{"items":[{"create":{"status":201}}]},"took":1,"errors":[[[]]],"items":[
          {"create":{"new":{"status":500},"list":[{"status":500}],"status":201,"more":[1,{"a":null}]}}],
         "last":null}
        """;

    assertThat(parse(answer, 1).allWritten()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"items\":[{\"create\":{\"status\":\"201\"}}]}",
        "{\"items\":[{\"create\":{\"status\":null}}]}",
        "{\"items\":[{\"create\":{\"status\":true}}]}",
        "{\"items\":[{\"create\":{\"status\":201.7}}]}",
        "{\"items\":[{\"create\":{\"status\":{\"status\":201}}}]}",
        "{\"items\":[{\"create\":{\"status\":[201]}}]}",
        "{\"items\":[{\"create\":{\"error\":{\"status\":201}}}]}",
        "{\"items\":[{\"create\":{\"error\":{\"type\":{\"a\":1},\"status\":201}}}]}",
        "{\"items\":[{\"create\":{}}]}",
        "{\"items\":[{\"create\":{\"status\":99999999999}}]}",
        "{\"items\":[{\"create\":{\"status\":201,\"error\":{\"type\":\"x\",\"reason\":\"y\"}}}]}"
      })
  void doesNotTakeAnItemForWrittenThatDoesNotSaySoInSoManyWords(String answer) {
    assertNotWritten(answer, 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{}",
        "[]",
        "null",
        "42",
        "\"items\"",
        "<html><body>200 OK</body></html>",
        "\u0000\u0001\u0002",
        "{\"items\":null}",
        "{\"items\":{}}",
        "{\"items\":[]}",
        "{\"items\":[null]}",
        "{\"items\":[201]}",
        "{\"items\":[{}]}",
        "{\"items\":[{\"create\":201}]}",
        "{\"items\":[[{\"create\":{\"status\":201}}]]}",
        "{\"items\":[{\"create\":{\"status\":201}},null]}",
        "{\"items\":[{\"create\":{\"status\":500},\"index\":{\"status\":201}}]}",
        "{\"items\":[{\"create\":{\"status\":201}}]]",
        "{\"items\":[{\"create\":{\"status\":201}}],}",
        "{\"items\":[{\"create\":{\"status\":201}}]} {\"items\":[]}",
        "{\"items\":[{\"create\":{\"status\":201}}]}<html>",
        "{\"error\":{\"type\":\"x\"},\"status\":500}"
      })
  void turnsDownWhatIsNoWholeAnswer(String answer) {
    assertThatThrownBy(() -> parse(answer, 1)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 1_000})
  void turnsDownAnAnswerToAnotherNumberOfDocuments(int expected) {
    String two = "{\"items\":[" + CREATED + "," + CREATED + "]}";

    assertThatThrownBy(() -> parse(two, expected))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has 2 items, but " + expected + " documents were sent");
  }

  @Test
  void turnsDownAnAnswerThatSpeaksOfItsItemsTwice() {
    String twice = "{\"items\":[" + CREATED + "],\"items\":[" + CREATED + "]}";

    assertThatThrownBy(() -> parse(twice, 1)).isInstanceOf(IOException.class);
  }

  @Test
  void knowsNothingOfAnyDocumentWhenTheAnswerIsCutAnywhere() {
    String trimmed = MIXED.strip();
    byte[] whole = trimmed.getBytes(UTF_8);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      for (int expected = 0; expected <= 5; expected++) {
        int sent = expected;
        assertThatThrownBy(
                () -> BulkAnswer.parse(new ByteArrayInputStream(cut), sent, String::valueOf))
            .as("%d of %d bytes, %d documents", length, whole.length, sent)
            .isInstanceOf(IOException.class);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 900, 100_000})
  void survivesDeepNesting(int depth) {
    String deep = "[".repeat(depth) + "]".repeat(depth);
    assertWrittenOrUnreadable(
        "{\"new\":" + deep + ",\"items\":[{\"create\":{\"status\":201}}]}", depth);
    String causes = "{\"caused_by\":".repeat(depth) + "{}" + "}".repeat(depth);
    assertNotWritten("{\"items\":[{\"create\":{\"status\":400,\"error\":" + causes + "}}]}", 1);
  }

  @Test
  void shortensTheEnginesReasonWithoutBreakingACharacter() throws IOException {
    for (int before = 0; before < 4; before++) {
      String reason = "x".repeat(before) + "😀".repeat(600);
      String answer =
          "{\"items\":[{\"create\":{\"status\":400,\"error\":{\"type\":\"mapper_parsing_exception\","
              + "\"reason\":\""
              + reason
              + "\",\"caused_by\":{\"reason\":\""
              + reason
              + "\"}}}}]}";

      String shown = ((ItemResult.Failed) parse(answer, 1).get(0)).reason();

      assertThat(shown).startsWith("400 mapper_parsing_exception: ").hasSizeLessThan(600);
      assertThat(new String(shown.getBytes(UTF_8), UTF_8)).isEqualTo(shown);
    }
  }

  @Test
  void readsAReasonThatIsNoTextAsNone() throws IOException {
    String answer =
        "{\"items\":[{\"create\":{\"status\":503,\"error\":\"as Elasticsearch 1 said it\"}},"
            + "{\"create\":{\"status\":503,\"error\":{\"type\":null,\"reason\":null,\"caused_by\":null}}},"
            + "{\"create\":{\"status\":503,\"error\":{\"type\":[1],\"reason\":{\"reason\":\"no\"}}}}]}";

    assertThat(items(parse(answer, 3)))
        .containsOnly(new ItemResult.Failed(FailureClass.RETRY, "503"));
  }

  private static void assertNotWritten(String answer, int expected) {
    try {
      assertThat(items(parse(answer, expected))).noneMatch(ItemResult.WRITTEN::equals);
    } catch (IOException e) {
      assertThat(e).hasMessageMatching("(?s).+"); // an unreadable answer is fine too
    }
  }

  private static void assertWrittenOrUnreadable(String answer, int depth) {
    try {
      assertThat(parse(answer, 1).allWritten()).isTrue();
    } catch (IOException e) {
      assertThat(depth).as("what may be too deep").isGreaterThan(900);
    }
  }

  @Test
  void whatWasNotWrittenGoesByItsIdAsOpenSearchPutsItAtEachOthersPositions() throws IOException {
    SinkResult result =
        parse(
            """
            {"items":[
              {"create":{"_id":"0","result":"created","status":201}},
              {"create":{"_id":"3","result":"noop","status":200}},
              {"create":{"_id":"2","result":"created","status":201}},
              {"create":{"_id":"1","status":400,"error":{"type":"illegal_argument_exception",
                "reason":"pipeline with id [p] does not exist"}}}]}
            """,
            4);

    assertThat(items(result)[0]).isEqualTo(ItemResult.WRITTEN);
    assertThat(failureClass(items(result)[1])).isEqualTo(FailureClass.BLOCKED);
    assertThat(items(result)[2]).isEqualTo(ItemResult.WRITTEN);
    assertThat(items(result)[3]).isEqualTo(ItemResult.DROPPED);
  }

  @Test
  void whatWasNotWrittenIsUnclearWhenItsIdIsNotTheOnlyOneOrNotThere() throws IOException {
    SinkResult result =
        BulkAnswer.parse(
            new ByteArrayInputStream(
                """
                {"items":[
                  {"create":{"_id":"twice","result":"noop","status":200}},
                  {"create":{"_id":"twice","status":503}},
                  {"create":{"_id":"changed","status":503}},
                  {"create":{"_id":"once","result":"noop","status":200}}]}
                """
                    .getBytes(UTF_8)),
            4,
            position -> List.of("twice", "twice", "once", "own").get(position));

    assertThat(failureClass(items(result)[0])).isEqualTo(FailureClass.UNCLEAR);
    assertThat(failureClass(items(result)[1])).isEqualTo(FailureClass.UNCLEAR);
    assertThat(items(result)[2]).isEqualTo(ItemResult.DROPPED);
    assertThat(failureClass(items(result)[3])).isEqualTo(FailureClass.UNCLEAR);
  }

  private static FailureClass failureClass(ItemResult result) {
    return ((ItemResult.Failed) result).failureClass();
  }

  private static SinkResult parse(String answer, int expected) throws IOException {
    return BulkAnswer.parse(
        new ByteArrayInputStream(answer.getBytes(UTF_8)), expected, String::valueOf);
  }

  private static ItemResult[] items(SinkResult result) {
    return IntStream.range(0, result.size()).mapToObj(result::get).toArray(ItemResult[]::new);
  }
}

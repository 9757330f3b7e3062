package dev.eventstream.es.bulk;

import static dev.eventstream.spi.FailureClass.BLOCKED;
import static dev.eventstream.spi.FailureClass.NEVER;
import static dev.eventstream.spi.FailureClass.RETRY;
import static dev.eventstream.spi.FailureClass.TOO_LARGE;
import static dev.eventstream.spi.FailureClass.UNAVAILABLE;
import static dev.eventstream.spi.FailureClass.UNCLEAR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotBlank;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each row of the table of failure classes. */
class FailureTableTest {

  @ParameterizedTest
  @ValueSource(ints = {200, 201})
  void anItemIsWrittenWhenTheEngineSaysSo(int status) {
    assertThat(item(status, "", "")).isEqualTo(ItemResult.WRITTEN);
    assertThat(FailureTable.item(status, "created", false, "", "")).isEqualTo(ItemResult.WRITTEN);
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 201})
  void anItemThatAPipelineDroppedIsNotWritten(int status) {
    assertThat(FailureTable.item(status, "noop", false, "", "")).isEqualTo(ItemResult.DROPPED);
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 201})
  void anItemInTheFailureStoreIsNotInItsIndex(int status) {
    ItemResult result = FailureTable.item(status, "created", true, "", "201");

    assertThat(failureClass(result)).isEqualTo(NEVER);
    assertThat(((ItemResult.Failed) result).reason()).contains("failure store");
  }

  @ParameterizedTest
  @ValueSource(strings = {"version_conflict_engine_exception", "anything", ""})
  void anItemThatIsThereAlreadyIsADuplicate(String type) {
    assertThat(item(409, type, "")).isEqualTo(ItemResult.DUPLICATE);
    assertThat(
            item(409, type, ": [1]: version conflict, document already exists (current version 1)"))
        .isEqualTo(ItemResult.DUPLICATE);
  }

  @Test
  void anotherConflictIsNoDuplicateBecauseNoDocumentIsThere() {
    String type = "version_conflict_engine_exception";
    String sequence =
        ": [bad]: version conflict, required seqNo [5], primary term [0]. but no document was found";

    assertThat(failureClass(item(409, type, sequence))).isEqualTo(NEVER);
    assertThat(failureClass(item(409, type, ": another conflict"))).isEqualTo(UNCLEAR);
  }

  @ParameterizedTest
  @CsvSource({
    "429, es_rejected_execution_exception, why, RETRY",
    "429, cluster_block_exception, index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage], BLOCKED",
    "503, unavailable_shards_exception, [red][0] primary shard is not active, UNAVAILABLE",
    "503, process_cluster_event_timeout_exception, why, RETRY",
    "500, null_pointer_exception, why, UNCLEAR",
    "500, class_cast_exception, why, UNCLEAR",
    "500, fail_processor_exception, no such customer, NEVER",
    "500, exception, java.lang.IllegalArgumentException: a.FailProcessorException: no such, NEVER",
    "413, '', why, TOO_LARGE",
    "404, index_not_found_exception, no such index [x], UNAVAILABLE",
    "401, security_exception, why, BLOCKED",
    "403, security_exception, why, BLOCKED",
    "403, cluster_block_exception, why, BLOCKED",
    "400, mapper_parsing_exception, failed to parse field [n] of type [long], NEVER",
    "400, mapper_parsing_exception, Failed to parse mapping [_doc]: unknown parameter, BLOCKED",
    "400, document_parsing_exception, why, NEVER",
    "400, document_parsing_exception, [1:6] failed to parse field [n] of type [long], NEVER",
    "400, mapper_exception, why, NEVER",
    "400, mapper_exception, timed out while waiting for a dynamic mapping update, RETRY",
    "400, strict_dynamic_mapping_exception, why, NEVER",
    "400, illegal_argument_exception, why, NEVER",
    "400, illegal_argument_exception, no write index is defined for alias [two], BLOCKED",
    "400, illegal_argument_exception, pipeline with id [nosuchpipe] does not exist, BLOCKED",
    "400, illegal_argument_exception, unknown index sort field:[nofield], BLOCKED",
    "400, parse_exception, why, NEVER",
    "400, parsing_exception, why, NEVER",
    "400, x_content_parse_exception, why, NEVER",
    "400, json_parse_exception, why, NEVER",
    "400, invalid_index_name_exception, why, NEVER",
    "400, invalid_type_name_exception, why, NEVER",
    "400, index_closed_exception, closed, BLOCKED",
    "400, validation_exception, this action would add [2] shards, BLOCKED",
    "400, routing_missing_exception, routing is required for [routed]/[1], BLOCKED",
    "400, never_heard_of_exception, why, UNCLEAR",
    "400, '', why, UNCLEAR",
    "0, '', why, RETRY"
  })
  void anItemThatFailedIsOfTheClassInTheTable(
      int status, String type, String reason, FailureClass expected) {
    ItemResult result = item(status, type, ": " + reason);

    assertThat(failureClass(result)).isEqualTo(expected);
    assertThat(((ItemResult.Failed) result).reason()).startsWith(status + " " + type);
  }

  @ParameterizedTest
  @CsvSource({
    "403, cluster_block_exception, index [x] blocked by: [FORBIDDEN/8/index write (api)];, true",
    "503, unavailable_shards_exception, [red][0] primary shard is not active Timeout: [1s], true",
    "404, index_not_found_exception, no such index [x], true",
    "403, security_exception, user [secret] may not, false",
    "403, cluster_block_exception, cannot take 'secret', false",
    "404, some_exception, secret, false"
  })
  void whatIsSaidOfADestinationQuotesNothing(
      int status, String type, String reason, boolean shown) {
    ItemResult.Failed failed = (ItemResult.Failed) item(status, type, ": " + reason);

    assertThat(failed.reason()).isEqualTo(status + " " + type + (shown ? ": " + reason : ""));
  }

  @Test
  void anOperatorsFaultNamesItsRemedy() {
    ItemResult result =
        item(400, "illegal_argument_exception", ": no write index is defined for alias [two]. …");

    assertThat(((ItemResult.Failed) result).reason())
        .endsWith("set is_write_index for one index of the alias");
  }

  @ParameterizedTest
  @CsvSource({
    "parse_exception, Failed to parse content to map, true",
    "illegal_argument_exception, sequence numbers must be non negative. got [-1]., true",
    "illegal_argument_exception, Limit of total fields [3] has been exceeded, false",
    "illegal_argument_exception, mapper [n] cannot be changed, false",
    "mapper_parsing_exception, failed to parse, false",
    "fail_processor_exception, no such customer, true"
  })
  void knowsWhichErrorsMayBeAnotherDocuments(String type, String reason, boolean expected) {
    assertThat(FailureTable.mayBeShared(type, "400 " + type + ": " + reason)).isEqualTo(expected);
  }

  @Property
  void anUnknownKindOf400IsNeverDeadLettered(
      @ForAll @AlphaChars @Chars('_') @NotBlank String type) {
    assertThat(failureClass(item(400, "unknown_" + type, ""))).isEqualTo(UNCLEAR);
  }

  @Property
  void anItemsUnknownStatusMeansRetryWhateverItsType(
      @ForAll @IntRange(min = -1, max = 1_000) int status, @ForAll boolean documentFault) {
    ItemResult result = item(status, documentFault ? "mapper_parsing_exception" : "other", "");

    switch (status) {
      case 200, 201 -> assertThat(result).isEqualTo(ItemResult.WRITTEN);
      case 409 -> assertThat(result).isEqualTo(ItemResult.DUPLICATE);
      case 400 -> assertThat(failureClass(result)).isEqualTo(documentFault ? NEVER : UNCLEAR);
      case 401, 403 -> assertThat(failureClass(result)).isEqualTo(BLOCKED);
      case 404 -> assertThat(failureClass(result)).isEqualTo(UNAVAILABLE);
      case 500 -> assertThat(failureClass(result)).isEqualTo(UNCLEAR);
      case 413 -> assertThat(failureClass(result)).isEqualTo(TOO_LARGE);
      default -> assertThat(failureClass(result)).isEqualTo(RETRY);
    }
  }

  @Property
  void aWholeRequestIsOfTheClassInTheTableAndNeverCondemnsItsDocuments(
      @ForAll @IntRange(min = 300, max = 599) int status) {
    FailureClass expected =
        switch (status) {
          case 401, 403, 404, 405, 407 -> BLOCKED;
          case 413 -> TOO_LARGE;
          case 429, 502, 503 -> RETRY;
          default -> (status >= 400 && status <= 500) || status == 504 ? UNCLEAR : RETRY;
        };

    assertThat(FailureTable.request(status)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "401, credentials",
    "403, grant",
    "404, path",
    "405, path",
    "407, proxy",
    "413, http.max_content_length",
    "429, busy",
    "503, now"
  })
  void aRefusedRequestNamesItsRemedy(int status, String word) {
    assertThat(FailureTable.remedy(status, "", "")).contains(word);
  }

  @Test
  void aBlockedClusterIsNotBlamedOnCredentials() {
    assertThat(FailureTable.remedy(403, "cluster_block_exception", ""))
        .contains("blocked", "disks")
        .doesNotContain("credentials");
  }

  @Test
  void aRequestThatAnAliasFailsNamesTheRemedyOfTheAlias() {
    String reason = "no write index is defined for alias [a].";

    assertThat(FailureTable.remedy(400, "illegal_argument_exception", reason))
        .contains("is_write_index");
    assertThat(FailureTable.ofOnlyDocument(400, "illegal_argument_exception", reason))
        .isEqualTo(FailureClass.BLOCKED);
    assertThat(FailureTable.ofOnlyDocument(400, "illegal_argument_exception", "other")).isNull();
  }

  @Test
  void anUnreadableDocumentThatFailsItsRequestIsGivenUpOnlyIfItIsAlone() {
    assertThat(FailureTable.request(400)).isEqualTo(FailureClass.UNCLEAR);
    assertThat(FailureTable.ofOnlyDocument(400, "parse_exception", ""))
        .isEqualTo(FailureClass.NEVER);
    assertThat(FailureTable.ofOnlyDocument(500, "parse_exception", "")).isNull();
    assertThat(FailureTable.remedy(400, "parse_exception", "")).contains("cannot read");
  }

  private static ItemResult item(int status, String type, String reason) {
    return FailureTable.item(status, "", false, type, status + " " + type + reason);
  }

  private static FailureClass failureClass(ItemResult result) {
    return ((ItemResult.Failed) result).failureClass();
  }
}

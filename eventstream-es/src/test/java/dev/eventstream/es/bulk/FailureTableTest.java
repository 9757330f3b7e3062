package dev.eventstream.es.bulk;

import static dev.eventstream.FailureClass.BLOCKED;
import static dev.eventstream.FailureClass.NEVER;
import static dev.eventstream.FailureClass.RETRY;
import static dev.eventstream.FailureClass.TOO_LARGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.FailureClass;
import dev.eventstream.ItemResult;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotBlank;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of the failure classes, row by row. */
class FailureTableTest {

  @ParameterizedTest
  @ValueSource(ints = {200, 201})
  void anItemIsWrittenWhenTheEngineSaysSo(int status) {
    assertThat(FailureTable.item(status, "", "")).isEqualTo(ItemResult.WRITTEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"version_conflict_engine_exception", "anything", ""})
  void anItemThatIsThereAlreadyIsADuplicate(String type) {
    assertThat(FailureTable.item(409, type, "")).isEqualTo(ItemResult.DUPLICATE);
  }

  @ParameterizedTest
  @CsvSource({
    "429, es_rejected_execution_exception, RETRY",
    "429, cluster_block_exception, RETRY",
    "503, unavailable_shards_exception, RETRY",
    "500, null_pointer_exception, RETRY",
    "413, '', TOO_LARGE",
    "404, index_not_found_exception, NEVER",
    "401, security_exception, BLOCKED",
    "403, security_exception, BLOCKED",
    "403, cluster_block_exception, BLOCKED",
    "400, mapper_parsing_exception, NEVER",
    "400, document_parsing_exception, NEVER",
    "400, mapper_exception, NEVER",
    "400, strict_dynamic_mapping_exception, NEVER",
    "400, illegal_argument_exception, NEVER",
    "400, parse_exception, NEVER",
    "400, parsing_exception, NEVER",
    "400, x_content_parse_exception, NEVER",
    "400, json_parse_exception, NEVER",
    "400, invalid_index_name_exception, NEVER",
    "400, invalid_type_name_exception, NEVER",
    "400, index_closed_exception, BLOCKED",
    "400, validation_exception, BLOCKED",
    "400, never_heard_of_exception, RETRY",
    "400, '', RETRY",
    "0, '', RETRY"
  })
  void anItemThatFailedIsOfTheClassInTheTable(int status, String type, FailureClass expected) {
    assertThat(FailureTable.item(status, type, "why"))
        .isEqualTo(new ItemResult.Failed(expected, "why"));
  }

  @Property
  void anUnknownKindOf400IsNeverDeadLettered(
      @ForAll @AlphaChars @Chars('_') @NotBlank String type) {
    assertThat(failureClass(FailureTable.item(400, "unknown_" + type, ""))).isEqualTo(RETRY);
  }

  @Property
  void anItemsUnknownStatusMeansRetryWhateverItsType(
      @ForAll @IntRange(min = -1, max = 1_000) int status, @ForAll boolean documentFault) {
    ItemResult result =
        FailureTable.item(status, documentFault ? "mapper_parsing_exception" : "other", "");

    switch (status) {
      case 200, 201 -> assertThat(result).isEqualTo(ItemResult.WRITTEN);
      case 409 -> assertThat(result).isEqualTo(ItemResult.DUPLICATE);
      case 400 -> assertThat(failureClass(result)).isEqualTo(documentFault ? NEVER : RETRY);
      case 401, 403 -> assertThat(failureClass(result)).isEqualTo(BLOCKED);
      case 404 -> assertThat(failureClass(result)).isEqualTo(NEVER);
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
          default -> RETRY;
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
    assertThat(FailureTable.remedy(status)).contains(word);
  }

  private static FailureClass failureClass(ItemResult result) {
    return ((ItemResult.Failed) result).failureClass();
  }
}

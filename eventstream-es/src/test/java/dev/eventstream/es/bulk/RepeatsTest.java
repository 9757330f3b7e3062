package dev.eventstream.es.bulk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.es.bulk.Repeats.Lookup;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.IndexPattern;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RepeatsTest {
  private static final Repeats REPEATS =
      new Repeats(IndexPattern.parse("{eventType}-{yyyy.MM.dd}"), Duration.ofHours(1), null);
  private static final String SOON = "{\"a\":1,\"@timestamp\":\"2026-11-29T00:10:00.000Z\"}";

  private static Document document(String id, String source) {
    return new Document("click-2026.11.29", id, null, source.getBytes(UTF_8));
  }

  private static Lookup lookup(String... ids) {
    Document[] documents = new Document[ids.length];
    for (int i = 0; i < ids.length; i++) {
      documents[i] = document(ids[i], SOON);
    }
    return REPEATS.in(DocumentBatch.of(documents));
  }

  private static Repeats.Found found(Lookup lookup, String docs) throws IOException {
    String answer = "{\"docs\":[" + docs + "]}";
    return Repeats.read(lookup, new ByteArrayInputStream(answer.getBytes(UTF_8)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          key                                  | {"@timestamp":"2026-11-29T00:10:00.000Z"}               | false
          key                                  | {"a":1,"@timestamp":"2026-11-29T00:10:00.000Z"}         | true
          key                                  | {"a":1,"@timestamp":"2026-11-29T00:00:00.000Z"}         | true
          key                                  | {"a":1,"@timestamp":"2026-11-29T00:59:59.999Z"}         | true
          key                                  | {"a":1,"@timestamp":"2026-11-29T01:00:00.000Z"}         | false
          key                                  | {"a":1,"@timestamp":"2026-11-28T23:59:59.999Z"}         | false
          key                                  | {"@timestamp":"2026-11-29T00:10:00.000Z","a":1}         | false
          key                                  | {"a":1,"@timestamp":"2026-11-29T00:10:00Z"}             | false
          key                                  | {"a":1,"@timestamp":"2026-11-29T00:xx:00.000Z"}         | false
          key                                  | {}                                                      | false
          01a22499-f800-7000-8000-000000000000 | {"a":1,"@timestamp":"2026-11-29T00:10:00.000Z"}         | false
          01a22499-f7ff-7000-8000-000000000000 | {"a":1,"@timestamp":"2026-11-29T00:10:00.000Z"}         | true
          ffffffff-ffff-4fff-8fff-ffffffffffff | {"a":1,"@timestamp":"2026-11-29T00:10:00.000Z"}         | true
          xxxxxxxx-xxxx-7000-8000-000000000000 | {"a":1,"@timestamp":"2026-11-29T00:10:00.000Z"}         | true
          """)
  void onlyADocumentAcceptedSoonAfterTheChangeWithAnIdFromBeforeItIsLookedUp(
      String id, String source, boolean isLookedUp) {
    Lookup lookup = REPEATS.in(DocumentBatch.of(document(id, source)));

    assertThat(lookup.isEmpty()).isEqualTo(!isLookedUp);
  }

  @Test
  void eachDocumentIsJudgedByItsOwnTime() {
    String late = SOON.replace("00:10", "05:10");
    DocumentBatch documents =
        DocumentBatch.of(
            document("a", late), document("b", SOON), document("c", SOON), document("d", late));

    assertThat(REPEATS.in(documents).candidates())
        .extracting(Repeats.Candidate::position)
        .containsExactly(1, 2);
  }

  @Test
  void aDocumentOfAnIndexThatThePatternDoesNotMakeIsNotLookedUp() {
    Document other = new Document("other", "key", null, SOON.getBytes(UTF_8));

    assertThat(REPEATS.in(DocumentBatch.of(other)).isEmpty()).isTrue();
  }

  @Test
  void whatIsFoundIsADuplicateAndTheRestIsWritten() throws Exception {
    Lookup lookup = lookup("a", "b", "c", "d");
    Repeats.Found found =
        found(
            lookup,
            "{\"_id\":\"a\",\"found\":false},{\"_id\":\"b\",\"found\":true},"
                + "{\"_id\":\"c\",\"error\":{\"type\":\"index_not_found_exception\"}},"
                + "{\"_id\":\"d\",\"error\":{\"type\":\"no_shard_available_action_exception\"}}");

    assertThat(found.isComplete()).isFalse();
    assertThat(found.toWrite().size()).isEqualTo(2);
    assertThat(found.toWrite().get(1).id()).isEqualTo("c");
    ItemResult dropped = ItemResult.DROPPED;
    SinkResult result = found.with(SinkResult.of(List.of(ItemResult.WRITTEN, dropped)));
    assertThat(result.get(0)).isEqualTo(ItemResult.WRITTEN);
    assertThat(result.get(1)).isEqualTo(ItemResult.DUPLICATE);
    assertThat(result.get(2)).isEqualTo(dropped);
    assertThat(((ItemResult.Failed) result.get(3)).failureClass()).isEqualTo(FailureClass.RETRY);
  }

  @Test
  void aFailureOfTheRequestIsThatOfAllDocuments() throws Exception {
    Repeats.Found found =
        found(lookup("a", "b"), "{\"_id\":\"a\",\"found\":true},{\"_id\":\"b\",\"found\":false}");

    SinkResult result =
        found.with(SinkResult.all(1, new ItemResult.Failed(FailureClass.BLOCKED, "401")));

    assertThat(result.requestFailed()).isTrue();
    assertThat(result.size()).isEqualTo(2);
  }

  @Test
  void nothingIsWrittenIfEverythingIsThere() throws Exception {
    Repeats.Found found = found(lookup("a"), "{\"_id\":\"a\",\"found\":true}");

    assertThat(found.isComplete()).isTrue();
    assertThat(found.complete().get(0)).isEqualTo(ItemResult.DUPLICATE);
  }

  @Test
  void anAnswerThatIsIncompleteTellsNothing() {
    assertThatThrownBy(() -> found(lookup("a", "b"), "{\"_id\":\"a\",\"found\":true}"))
        .hasMessageContaining("1 documents, but 2");
  }

  private static final class ChangedGenerations implements Repeats.Generations {
    @Override
    public boolean haveChanged() {
      return true;
    }

    @Override
    public List<Repeats.Other> others(String destination) {
      return destination.equals("click-2026.11.29-000002")
          ? List.of(new Repeats.Other("click-2026.11.29-000001", CHANGED))
          : List.of();
    }

    @Override
    public String current(String index) {
      return index + "-000009";
    }
  }

  /** The time in the id below. */
  private static final long CHANGED = 0x01a22499f800L;

  private static List<String> otherIndices(String destination, String id, String source) {
    Repeats repeats =
        new Repeats(
            IndexPattern.parse("{eventType}-{yyyy.MM.dd}"),
            Duration.ofHours(1),
            new ChangedGenerations());
    Document document = new Document(destination, id, null, source.getBytes(UTF_8));
    return repeats.in(DocumentBatch.of(document)).candidates().stream()
        .map(Repeats.Candidate::otherIndex)
        .toList();
  }

  @Test
  void aDocumentIsLookedUpInTheOtherGenerationWhateverItsTime() {
    String own = "{\"@timestamp\":\"2026-11-29T10:10:00Z\",\"a\":1}";

    assertThat(otherIndices("click-2026.11.29-000002", "key", own))
        .containsExactly("click-2026.11.29-000001");
    assertThat(otherIndices("click-2026.11.29-000001", "key", own)).isEmpty();
    assertThat(otherIndices("click-2026.11.29-000002", "01a22499-f800-7000-8000-000000000000", own))
        .isEmpty();
    assertThat(otherIndices("click-2026.11.29-000002", "01a22499-f7ff-7000-8000-000000000000", own))
        .hasSize(1);
  }

  @Test
  void aDocumentIsLookedUpInThePresentGenerationOfThePeriodBefore() {
    assertThat(otherIndices("click-2026.11.29-000003", "key", SOON))
        .containsExactly("click-2026.11.28-000009");
  }

  @Test
  void aDocumentThatIsFoundInOneOfTwoIndicesIsADuplicateEvenIfTheOtherOneFails() throws Exception {
    Repeats repeats =
        new Repeats(
            IndexPattern.parse("{eventType}-{yyyy.MM.dd}"),
            Duration.ofHours(1),
            new ChangedGenerations());
    Document document = new Document("click-2026.11.29-000002", "key", null, SOON.getBytes(UTF_8));
    Lookup lookup = repeats.in(DocumentBatch.of(document));
    String found = "{\"_id\":\"key\",\"found\":true}";
    String failed = "{\"_id\":\"key\",\"error\":{\"type\":\"any\"}}";

    assertThat(lookup.candidates()).hasSize(2);
    for (String docs : List.of(found + "," + failed, failed + "," + found)) {
      assertThat(found(lookup, docs).complete().get(0)).isEqualTo(ItemResult.DUPLICATE);
    }
  }
}

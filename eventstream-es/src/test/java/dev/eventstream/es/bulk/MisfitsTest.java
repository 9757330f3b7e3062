package dev.eventstream.es.bulk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eventstream.es.bulk.Misfits.Form;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MisfitsTest {
  private static final String REASON = "400 mapper_parsing_exception: failed to parse field [n]";
  private static final ItemResult MISFIT = new ItemResult.Failed(FailureClass.NEVER, REASON);

  private static DocumentBatch documents(String... sources) {
    Document[] documents = new Document[sources.length];
    for (int i = 0; i < sources.length; i++) {
      documents[i] = new Document("click", "id-" + i, "e", sources[i].getBytes(UTF_8));
    }
    return DocumentBatch.of(documents);
  }

  private static JsonNode form(String source, String reason) throws Exception {
    SinkResult result = SinkResult.of(List.of(new ItemResult.Failed(FailureClass.NEVER, reason)));
    return form(Form.NESTED, result, source);
  }

  private static JsonNode form(Form kind, SinkResult result, String source) throws Exception {
    Document form = Misfits.in(result).inForm(kind, documents(source)).get(0);
    assertThat(form.destination()).isEqualTo("click");
    assertThat(form.id()).isEqualTo("id-0");
    assertThat(form.eventId()).isEqualTo("e");
    return JsonMapper.builder().build().readTree(form.source());
  }

  @Test
  void theFormHasTheKnownMembersAndTheRestAsText() throws Exception {
    String source =
        "{\"n\":{\"eventId\":\"inner\"},\"eventType\":\"click\",\"event\\u0056alue\":\"\\u00e9\\\"\","
            + "\"eventId\":\"c\",\"big\":"
            + "9".repeat(1_100)
            + ",\"@timestamp\":\"2026-01-31T08:15:30.100Z\"}";

    JsonNode form = form(source, REASON);

    assertThat(form.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder(
            "eventType", "eventValue", "eventId", "@timestamp", "event", "_mapping_failure");
    assertThat(form.path("eventType").textValue()).isEqualTo("click");
    assertThat(form.path("eventValue").textValue()).isEqualTo("\u00e9\"");
    assertThat(form.path("eventId").textValue()).isEqualTo("c");
    assertThat(form.path("@timestamp").textValue()).isEqualTo("2026-01-31T08:15:30.100Z");
    assertThat(form.path("event").path("original").textValue()).isEqualTo(source);
    assertThat(form.path("_mapping_failure").textValue()).isEqualTo(REASON);
  }

  @Test
  void theFlatFormHasNoMemberThatTheEngineNames() throws Exception {
    String source = "{\"eventType\":\"click\",\"eventValue\":\"home\",\"event\":{\"a\":1}}";
    String reason =
        "400 mapper_parsing_exception: failed to parse field [eventValue] of type [date]";
    SinkResult result = SinkResult.of(List.of(new ItemResult.Failed(FailureClass.NEVER, reason)));

    JsonNode form = form(Form.FLAT, result, source);

    assertThat(form.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("eventType", "_event_original", "_mapping_failure");
    assertThat(form.path("_event_original").textValue()).isEqualTo(source);
    assertThat(form.path("_mapping_failure").textValue()).isEqualTo(reason);
  }

  @Test
  void theFailureOfTheFlatFormIsNotTold() {
    Misfits misfits = Misfits.in(SinkResult.of(List.of(MISFIT)));
    ItemResult again = new ItemResult.Failed(FailureClass.NEVER, "400 mapper_exception: again");
    ItemResult busy = new ItemResult.Failed(FailureClass.RETRY, "429");

    assertThat(misfits.with(Form.FLAT, SinkResult.of(List.of(again))).get(0)).isEqualTo(MISFIT);
    assertThat(misfits.with(Form.FLAT, SinkResult.of(List.of(busy))).get(0)).isEqualTo(busy);
    assertThat(misfits.with(Form.FLAT, SinkResult.all(1, ItemResult.WRITTEN)).get(0))
        .isEqualTo(new ItemResult.Sheltered(REASON));
  }

  @Test
  void aKnownMemberThatIsNoTextIsOnlyInTheText() throws Exception {
    assertThat(form("{\"eventId\":{\"a\":[1]},\"eventType\":\"t\"}", REASON).has("eventId"))
        .isFalse();
  }

  @Property
  void anyTextOfAnEventComesBackUnchanged(@ForAll String text) throws Exception {
    String source = "{\"t\":" + JsonMapper.builder().build().writeValueAsString(text) + "}";

    assertThat(form(source, REASON).path("event").path("original").textValue()).isEqualTo(source);
  }

  @Property
  void theReasonIsNeverTooLongToBeIndexed(@ForAll @StringLength(min = 200, max = 300) String end)
      throws Exception {
    String reason = REASON + end;

    String shown = form("{}", reason).path("_mapping_failure").textValue();

    assertThat(shown).hasSizeLessThanOrEqualTo(256).startsWith(REASON);
    assertThat(UTF_8.newEncoder().canEncode(shown)).isEqualTo(UTF_8.newEncoder().canEncode(end));
  }

  @Test
  void onlyDocumentsThatContradictTheMappingAreMisfits() {
    List<ItemResult> results =
        List.of(
            ItemResult.WRITTEN,
            MISFIT,
            ItemResult.DUPLICATE,
            new ItemResult.Failed(FailureClass.UNCLEAR, REASON),
            new ItemResult.Failed(FailureClass.NEVER, "400 invalid_index_name_exception: x"),
            new ItemResult.Failed(FailureClass.NEVER, "400 illegal_argument_exception: x"),
            new ItemResult.Failed(
                FailureClass.NEVER,
                "400 illegal_argument_exception: Limit of total fields [1000] has been exceeded"));
    String[] sources = results.stream().map(result -> "{}").toArray(String[]::new);

    Misfits misfits = Misfits.in(SinkResult.of(results));
    DocumentBatch forms = misfits.inForm(Form.NESTED, misfits.of(documents(sources)));

    assertThat(forms.size()).isEqualTo(2);
    assertThat(forms.get(0).id()).isEqualTo("id-1");
    assertThat(forms.get(1).id()).isEqualTo("id-6");
  }

  @Test
  void aRequestWithoutMisfitsHasNone() {
    assertThat(Misfits.in(SinkResult.all(2, ItemResult.WRITTEN)).isEmpty()).isTrue();
    assertThat(Misfits.in(SinkResult.all(2, MISFIT)).isEmpty()).isTrue();
    assertThat(Misfits.in(SinkResult.of(List.of(ItemResult.DUPLICATE))).isEmpty()).isTrue();
  }

  private static ItemResult merged(ItemResult ofForm) {
    SinkResult result = SinkResult.of(List.of(ItemResult.WRITTEN, MISFIT));
    SinkResult merged = Misfits.in(result).with(Form.NESTED, SinkResult.of(List.of(ofForm)));
    assertThat(merged.get(0)).isEqualTo(ItemResult.WRITTEN);
    return merged.get(1);
  }

  @Test
  void theResultOfTheFormIsThatOfTheDocument() {
    ItemResult busy = new ItemResult.Failed(FailureClass.RETRY, "429");

    assertThat(merged(ItemResult.WRITTEN)).isEqualTo(new ItemResult.Sheltered(REASON));
    assertThat(merged(ItemResult.DUPLICATE)).isEqualTo(ItemResult.DUPLICATE);
    assertThat(merged(ItemResult.DROPPED)).isEqualTo(ItemResult.DROPPED);
    assertThat(merged(busy)).isEqualTo(busy);
    assertThat(merged(new ItemResult.Failed(FailureClass.NEVER, "400 strict")))
        .isEqualTo(
            new ItemResult.Failed(
                FailureClass.NEVER, REASON + "; with its own members as text: 400 strict"));
  }

  @ParameterizedTest
  @EnumSource
  void aFailureOfTheRequestIsNeverThatOfTheDocumentOrItsIndex(FailureClass failure) {
    SinkResult result = SinkResult.of(List.of(ItemResult.WRITTEN, MISFIT));

    ItemResult merged =
        Misfits.in(result)
            .with(Form.NESTED, SinkResult.all(1, new ItemResult.Failed(failure, "the request")))
            .get(1);

    FailureClass expected =
        switch (failure) {
          case UNCLEAR, TOO_LARGE, NEVER -> failure;
          case RETRY, UNAVAILABLE, BLOCKED -> FailureClass.RETRY;
        };
    assertThat(((ItemResult.Failed) merged).failureClass()).isEqualTo(expected);
  }
}

package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.DocumentBatchBuilder;
import dev.eventstream.spi.IndexGenerations;
import dev.eventstream.spi.Rejection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DefaultEventTransformerTest {
  private static final Instant NOW = Instant.parse("2026-01-31T08:15:30.100Z");
  private static final String ADDED_TIMESTAMP = ",\"@timestamp\":\"2026-01-31T08:15:30.100Z\"}";

  private final DefaultEventTransformer.Builder builder =
      DefaultEventTransformer.builder()
          .clock(Clock.fixed(NOW, ZoneOffset.UTC))
          .idResolver(IdResolver.of(Map.of("click", Map.of("x", "c", "é", "e"))));

  private static Document transform(DefaultEventTransformer.Builder builder, String... events)
      throws InvalidEventException {
    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
    try (DefaultEventTransformer transformer = builder.build()) {
      for (String event : events) {
        transformer.transform(Event.parse(event), documents);
      }
    }
    DocumentBatch batch = documents.build();
    return batch.get(batch.size() - 1);
  }

  private String source(String event) throws InvalidEventException {
    return new String(transform(builder, event).source(), UTF_8);
  }

  @Test
  void addsIdAndTimestampAfterTheEventsOwnMembers() throws InvalidEventException {
    Document document = transform(builder, "{\"eventType\":\"click\", \"eventValue\":\"x\" }");
    assertThat(new String(document.source(), UTF_8))
        .isEqualTo(
            "{\"eventType\":\"click\", \"eventValue\":\"x\" ,\"eventId\":\"c\"" + ADDED_TIMESTAMP);
    assertThat(document.destination()).isEqualTo("click");
    assertThat(document.eventId()).isEqualTo("c");
  }

  @Test
  void resolvesEscapesBeforeTheLookup() throws InvalidEventException {
    assertThat(source("{\"eventType\":\"cl\\u0069ck\",\"eventValue\":\"\\u00e9\"}"))
        .contains(",\"eventId\":\"e\"");
    assertThat(source("{\"eventType\":\"click\",\"eventValue\":\"é\"}"))
        .contains(",\"eventId\":\"e\"");
  }

  @Test
  void anUnknownValueIsIndexedWithoutAnIdOrRejected() throws InvalidEventException {
    String event = "{\"eventType\":\"click\",\"eventValue\":\"y\"}";
    assertThat(source(event))
        .isEqualTo("{\"eventType\":\"click\",\"eventValue\":\"y\"" + ADDED_TIMESTAMP);
    builder.rejectUnknownValues(true);
    assertThat(catchThrowableOfType(InvalidEventException.class, () -> source(event)).code())
        .isEqualTo(Rejection.UNKNOWN_EVENT_VALUE);
  }

  private String destination(String timestamp) throws InvalidEventException {
    String member = timestamp.isEmpty() ? "" : "\"@timestamp\":\"" + timestamp + "\",";
    String event = "{" + member + "\"eventType\":\"click\",\"eventValue\":\"x\"}";
    return transform(builder, event).destination();
  }

  @Test
  void theDateOfTheDestinationIsThatOfTheEvent() throws InvalidEventException {
    builder.index("{eventType}-{yyyy.MM.dd}");

    assertThat(destination("")).isEqualTo("click-2026.01.31");
    assertThat(destination("2026-01-30T23:59:59.999Z")).isEqualTo("click-2026.01.30");
    assertThat(destination("2026-01-31T00:30:00+01:00")).isEqualTo("click-2026.01.30");
    assertThat(destination("yesterday")).isEqualTo("click-2026.01.31");
  }

  @Test
  void theTimeOfAcceptanceReplacesOneBeyondTheWindowIfThereIsADate() throws InvalidEventException {
    String old =
        "{\"@timestamp\":\"2026-01-01T08:15:30.099Z\",\"eventType\":\"a\",\"eventValue\":\"y\"}";
    String kept = old.replace(".099", ".100");
    assertThat(source(old)).isEqualTo(old);

    builder.index("{eventType}-{yyyy.MM.dd}");
    Document document = transform(builder, old);
    assertThat(document.destination()).isEqualTo("a-2026.01.31");
    assertThat(new String(document.source(), UTF_8))
        .isEqualTo(
            "{\"@timestamp\":\"2026-01-31T08:15:30.100Z\",\"eventType\":\"a\",\"eventValue\":\"y\","
                + "\"clientTimestamp\":\"json:\\\"2026-01-01T08:15:30.099Z\\\"\"}");
    assertThat(source(kept)).isEqualTo(kept);
    assertThat(destination("2026-01-31T09:15:30.100Z")).isEqualTo("click-2026.01.31");

    builder.timestampWindow(Duration.ofDays(3), Duration.ofDays(2));
    assertThat(destination("2026-01-28T08:15:30.100Z")).isEqualTo("click-2026.01.28");
    assertThat(destination("2026-01-28T08:15:30.099Z")).isEqualTo("click-2026.01.31");
    assertThat(destination("2026-02-02T08:15:30.100Z")).isEqualTo("click-2026.02.02");
    assertThat(destination("2026-02-02T08:15:30.101Z")).isEqualTo("click-2026.01.31");
  }

  @Test
  void theWindowOfTimestampsIsNotNegative() {
    assertThatThrownBy(() -> builder.timestampWindow(Duration.ofDays(-1), Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("age is PT-24H; it must be 0 to 36500 days");
    assertThatThrownBy(() -> builder.timestampWindow(Duration.ZERO, Duration.ofDays(36_501)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("ahead is ");
  }

  /** More periods than are remembered, in an order that makes each of them the latest once. */
  @Test
  void everyPeriodHasItsDestinationInAnyOrder() throws InvalidEventException {
    builder.index("{eventType}-{yyyy.MM.dd}").timestampWindow(Duration.ofDays(400), Duration.ZERO);
    List<String> days =
        new ArrayList<>(
            IntStream.range(0, 300)
                .mapToObj(day -> LocalDate.of(2026, 1, 31).minusDays(day).toString())
                .toList());
    Collections.shuffle(days, new Random(1));
    days.addAll(List.copyOf(days));

    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
    try (DefaultEventTransformer transformer = builder.build()) {
      for (String day : days) {
        String event = "{\"@timestamp\":\"%s\",\"eventType\":\"t\",\"eventValue\":\"v\"}";
        transformer.transform(Event.parse(event.formatted(day)), documents);
      }
    }

    DocumentBatch batch = documents.build();
    assertThat(IntStream.range(0, batch.size()).mapToObj(i -> batch.get(i).destination()))
        .isEqualTo(days.stream().map(day -> "t-" + day.replace('-', '.')).toList());
  }

  @Test
  void theResolversIdReplacesTheEventsOwnWhichIsKeptOtherwise() throws InvalidEventException {
    assertThat(source("{\"eventId\":{\"a\":1},\"eventType\":\"click\",\"eventValue\":\"x\"}"))
        .isEqualTo(
            "{\"eventId\":\"c\",\"eventType\":\"click\",\"eventValue\":\"x\"" + ADDED_TIMESTAMP);
    Document kept =
        transform(builder, "{\"eventType\":\"click\",\"eventId\":\"mine\",\"eventValue\":\"y\"}");
    assertThat(new String(kept.source(), UTF_8)).contains("\"eventId\":\"mine\"");
    assertThat(kept.eventId()).isEqualTo("mine");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-11-24",
        "2026-11-24T10",
        "2026-11-24T10:20",
        "2026-11-24T10:20:30",
        "2026-11-24T10:20:30Z",
        "2026-11-24T10:20:30.1Z",
        "2026-11-24T10:20:30.123456789+02:00",
        "2026-11-24T10:20:30.123+0200",
        "2024-02-29T00:00:00Z",
      })
  void keepsATimestampThatEveryEngineUnderstands(String timestamp) throws InvalidEventException {
    String event =
        "{\"eventType\":\"click\",\"@timestamp\":\"" + timestamp + "\",\"eventValue\":\"y\"}";
    assertThat(source(event)).isEqualTo(event);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"yesterday\"",
        "\"\"",
        "17",
        "null",
        "{\"a\":1}",
        "\"2026-13-01\"",
        "\"2026-02-30\"",
        "\"2026-11-24 10:20:30\"",
        "\"24.11.2026\"",
        "\"2026-11-24T25:00:00Z\"",
        "\"2026-11-24T10.5\"",
        "\"2026-11-24\\u0054\"",
      })
  void replacesAnInvalidTimestampAndKeepsItAsText(String timestamp) throws InvalidEventException {
    assertThat(
            source(
                "{\"eventType\":\"click\",\"@timestamp\":" + timestamp + ",\"eventValue\":\"y\"}"))
        .isEqualTo(
            "{\"eventType\":\"click\",\"@timestamp\":\"2026-01-31T08:15:30.100Z\",\"eventValue\":\"y\","
                + "\"clientTimestamp\":\"json:"
                + timestamp.replace("\\", "\\\\").replace("\"", "\\\"")
                + "\"}");
  }

  @Test
  void keepsTheClientsTimestampWhenTheNameIsTaken() throws InvalidEventException {
    assertThat(
            source(
                "{\"clientTimestamp\":1,\"eventType\":\"click\",\"\\u0063lientTimestamp_\":2,"
                    + "\"@timestamp\":[1,\n2],\"eventValue\":\"x\"}"))
        .endsWith(",\"eventId\":\"c\",\"clientTimestamp__\":\"json:[1,\\u000a2]\"}");
  }

  @Test
  void replacesIdAndTimestampInAnyOrder() throws InvalidEventException {
    assertThat(
            source("{\"@timestamp\":1,\"eventId\":2,\"eventType\":\"click\",\"eventValue\":\"x\"}"))
        .isEqualTo(
            "{\"@timestamp\":\"2026-01-31T08:15:30.100Z\",\"eventId\":\"c\",\"eventType\":\"click\",\"eventValue\":\"x\",\"clientTimestamp\":\"json:1\"}");
    assertThat(
            source("{\"eventId\":2,\"@timestamp\":1,\"eventType\":\"click\",\"eventValue\":\"x\"}"))
        .isEqualTo(
            "{\"eventId\":\"c\",\"@timestamp\":\"2026-01-31T08:15:30.100Z\",\"eventType\":\"click\",\"eventValue\":\"x\",\"clientTimestamp\":\"json:1\"}");
  }

  @Test
  void anEventOnSeveralLinesBecomesOneLine() throws InvalidEventException {
    assertThat(source("{\r\n\"eventType\":\"click\",\n\"eventValue\":\"a\\nb\"\n}"))
        .isEqualTo("{  \"eventType\":\"click\", \"eventValue\":\"a\\nb\" " + ADDED_TIMESTAMP);
  }

  @Test
  void aNewIdIsAVersion7UuidThatStartsWithTheTime() throws InvalidEventException {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      String id = transform(builder, "{\"eventType\":\"click\",\"eventValue\":\"x\"}").id();
      UUID uuid = UUID.fromString(id);
      assertThat(uuid.version()).isEqualTo(7);
      assertThat(uuid.variant()).isEqualTo(2);
      assertThat(uuid.getMostSignificantBits() >>> 16).isEqualTo(NOW.toEpochMilli());
      assertThat(uuid).hasToString(id);
      ids.add(id);
    }
    assertThat(ids).hasSize(1_000);
  }

  @Test
  void theCallersDocumentIdIsKept() throws InvalidEventException {
    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
    try (DefaultEventTransformer transformer = builder.build()) {
      transformer.transform(Event.of("click", "x").withDocumentId("key-é-1"), documents);
    }
    assertThat(documents.build().get(0).id()).isEqualTo("key-é-1");
    assertThatThrownBy(() -> Event.of("click", "x").withDocumentId("x".repeat(513)))
        .hasMessageContaining("513 bytes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../x", ".kibana", "A", "a*", "", "-a", "_a", "a b", "a,b", "é", "a\\nb", "a/b", "%3cx"
      })
  void aTypeThatCannotBeAnIndexNameIsRejected(String type) {
    String event = "{\"eventType\":\"" + type + "\",\"eventValue\":\"x\"}";
    InvalidEventException e =
        catchThrowableOfType(InvalidEventException.class, () -> source(event));
    assertThat(e.code()).isEqualTo(Rejection.INVALID_EVENT_TYPE);
    assertThat(e.reason()).contains("1 to 100 characters").doesNotContain("\n");
  }

  @Test
  void aTypeMayHaveUpTo100Characters() throws InvalidEventException {
    String longest = "a1-_".repeat(25);
    assertThat(
            transform(builder, "{\"eventType\":\"" + longest + "\",\"eventValue\":\"x\"}")
                .destination())
        .isEqualTo(longest);
    assertThatThrownBy(() -> source("{\"eventType\":\"" + longest + "a\",\"eventValue\":\"x\"}"))
        .isInstanceOf(InvalidEventException.class);
  }

  @Test
  void onlyAllowedTypesAreAcceptedIfThereIsAnAllowList() throws InvalidEventException {
    builder.allowedEventTypes(Set.of("click", "scroll"));
    assertThat(source("{\"eventType\":\"scroll\",\"eventValue\":\"x\"}")).isNotEmpty();
    InvalidEventException e =
        catchThrowableOfType(
            InvalidEventException.class,
            () -> source("{\"eventType\":\"hover\",\"eventValue\":\"x\"}"));
    assertThat(e.code()).isEqualTo(Rejection.EVENT_TYPE_NOT_ALLOWED);
    assertThatThrownBy(() -> builder.allowedEventTypes(Set.of("A")).build())
        .hasMessageContaining("\"A\"");
  }

  @Test
  void limitsTheNumberOfDistinctTypes() throws InvalidEventException {
    builder.maxEventTypes(2);
    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
    try (DefaultEventTransformer transformer = builder.build()) {
      transformer.transform(Event.of("a", "x"), documents);
      transformer.transform(Event.of("b", "x"), documents);
      transformer.transform(Event.of("a", "y"), documents);
      InvalidEventException e =
          catchThrowableOfType(
              InvalidEventException.class,
              () -> transformer.transform(Event.of("c", "x"), documents));
      assertThat(e.code()).isEqualTo(Rejection.TOO_MANY_EVENT_TYPES);
      transformer.transform(Event.of("b", "y"), documents);
    }
    assertThat(documents.size()).isEqualTo(4);
  }

  @Test
  void theIndexFollowsThePattern() throws InvalidEventException {
    String event = "{\"eventType\":\"click\",\"eventValue\":\"x\"}";
    assertThat(transform(builder.index("events-{eventType}-v1"), event).destination())
        .isEqualTo("events-click-v1");
    assertThat(transform(builder.index("events"), event).destination()).isEqualTo("events");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "A-{eventType}", "_x", "-x", ".x", "a b", "{date}", "a/{eventType}", "é"})
  void rejectsAPatternThatCannotBeAnIndexName(String pattern) {
    assertThatThrownBy(() -> builder.index(pattern).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + pattern + "\"")
        .hasMessageContaining("events-{eventType}");
  }

  @Test
  void newDocumentsGoToTheGenerationThatIsCurrent() throws InvalidEventException {
    SettableGenerations generations = new SettableGenerations();
    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 4);
    Event event = Event.parse("{\"eventType\":\"click\",\"eventValue\":\"x\"}");
    try (DefaultEventTransformer transformer =
        builder.index("{eventType}-{yyyy}").generations(generations).build()) {
      transformer.transform(event, documents);
      generations.advance();
      transformer.transform(event, documents);
      transformer.transform(event, documents);
    }

    DocumentBatch batch = documents.build();
    assertThat(List.of(0, 1, 2))
        .extracting(i -> batch.get(i).destination())
        .containsExactly("click-2026-v0", "click-2026-v1", "click-2026-v1");
  }

  private static final class SettableGenerations implements IndexGenerations {
    private long version;

    void advance() {
      version++;
    }

    @Override
    public String current(String index) {
      return index + "-v" + version;
    }

    @Override
    public long version() {
      return version;
    }
  }

  private static String members(int count) {
    return String.join(",", IntStream.range(0, count).mapToObj(i -> "\"m" + i + "\":1").toList());
  }

  private static String with(String members) {
    return "{\"eventType\":\"click\",\"eventValue\":\"x\"," + members + "}";
  }

  private InvalidEventException rejected(String event) {
    return catchThrowableOfType(InvalidEventException.class, () -> source(event));
  }

  @Test
  void acceptsAThousandFieldsAndRejectsOneMore() throws InvalidEventException {
    assertThat(source(with(members(998)))).isNotEmpty();
    InvalidEventException e = rejected(with(members(999)));
    assertThat(e.code()).isEqualTo(Rejection.TOO_MANY_FIELDS);
    assertThat(e.reason()).contains("1001 members", "1000", "maxFields");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"a\":{%s}", "\"a\":[[{%s}]]", "\"a.b.c\":{\"d\":1,\"e\":{%s}}"})
  void fieldsCountAtAllDepths(String form) {
    assertThat(rejected(with(form.formatted(members(998)))).code())
        .isEqualTo(Rejection.TOO_MANY_FIELDS);
  }

  @Test
  void dottedNamesCountAsTheObjectsThatEnginesExpandThemTo() {
    String dotted =
        String.join(
            ",",
            IntStream.range(0, 20).mapToObj(i -> "\"m" + i + ".a".repeat(60) + "\":1").toList());
    assertThat(rejected(with(dotted)).code()).isEqualTo(Rejection.TOO_MANY_FIELDS);
  }

  @Test
  void elementsOfAnArrayShareTheirFields() throws InvalidEventException {
    String item =
        "{\"sku\":\"a\",\"n\":1,\"price\":{\"net\":1,\"gross\":2},\"tags\":[\"x\",\"y\"]}";
    String items = String.join(",", Collections.nCopies(400, item));
    assertThat(source(with("\"items\":[" + items + "]"))).isNotEmpty();
  }

  @Test
  void differentNamesInArrayElementsAreDifferentFields() {
    String items =
        String.join(",", IntStream.range(0, 1_000).mapToObj(i -> "{\"m" + i + "\":1}").toList());
    assertThat(rejected(with("\"items\":[" + items + "]")).code())
        .isEqualTo(Rejection.TOO_MANY_FIELDS);
  }

  @Test
  void acceptsTenThousandValuesAndRejectsOneMore() throws InvalidEventException {
    String values = String.join(",", Collections.nCopies(9_997, "1"));
    assertThat(source(with("\"v\":[" + values + "]"))).isNotEmpty();
    InvalidEventException e = rejected(with("\"v\":[1," + values + "]"));
    assertThat(e.code()).isEqualTo(Rejection.TOO_MANY_VALUES);
    assertThat(e.reason()).contains("10001", "10000", "maxValues");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "[]", "{\"f\":1}", "null"})
  void valuesOfEveryKindCount(String value) {
    String values = String.join(",", Collections.nCopies(30_000, value));
    assertThat(rejected(with("\"v\":[" + values + "]")).code())
        .isEqualTo(Rejection.TOO_MANY_VALUES);
  }

  @Test
  void bothLimitsCanBeSet() throws InvalidEventException {
    builder.maxFields(3).maxValues(5);
    assertThat(source(with("\"a\":[1,2]"))).isNotEmpty();
    assertThat(rejected(with("\"a\":1,\"b\":2")).code()).isEqualTo(Rejection.TOO_MANY_FIELDS);
    assertThat(rejected(with("\"a\":[1,2,3]")).code()).isEqualTo(Rejection.TOO_MANY_VALUES);
    assertThatThrownBy(() -> builder.maxFields(1)).hasMessageContaining("maxFields is 1");
    assertThatThrownBy(() -> builder.maxValues(1)).hasMessageContaining("maxValues is 1");
  }

  @Test
  void anEventWithTooManyFieldsDoesNotCountAsAnEventType() throws InvalidEventException {
    builder.maxEventTypes(1);
    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
    try (DefaultEventTransformer transformer = builder.build()) {
      Event wide = Event.parse(with(members(2_000)));
      assertThatThrownBy(() -> transformer.transform(wide, documents))
          .isInstanceOf(InvalidEventException.class);
      transformer.transform(Event.of("other", "x"), documents);
    }
    assertThat(documents.size()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "_routing",
        "_if_seq_no",
        "_id",
        "_source",
        "\\u005frouting",
        "_r\\u006futing",
        "_id.a",
        "_id\\u002ea.b"
      })
  void aReservedMemberIsRejectedWithItsName(String name) {
    InvalidEventException e = rejected(with("\"" + name + "\":5"));
    assertThat(e.code()).isEqualTo(Rejection.RESERVED_MEMBER);
    assertThat(e.reason()).containsPattern("member \"_[a-z_]+\"").contains("reservedMembers");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "_ga",
        "_",
        "__id",
        "_idx",
        "id",
        "_Id",
        "_ROUTING",
        "a._id",
        "_ga._id",
        "routing_"
      })
  void otherNamesWithUnderscoresAreKept(String name) throws InvalidEventException {
    assertThat(source(with("\"" + name + "\":5"))).contains("\"" + name + "\":5");
  }

  @Test
  void namesInInnerObjectsAreKept() throws InvalidEventException {
    String inner = "\"a\":{\"_id\":1,\"b\":[{\"_routing\":2}]}";
    assertThat(source(with(inner))).contains(inner);
  }

  @Test
  void aReservedMemberIsRenamedIfConfigured() throws InvalidEventException {
    builder.reservedMembers(ReservedMembers.RENAME);
    assertThat(
            source(
                "{ \"_id\" : \"a\\\"b\",\"eventId\":1,\"\\u005frouting\":{\"_id\":5},\"@timestamp\":1,"
                    + "\"routing_\":1,\"eventType\":\"click\",\"eventValue\":\"x\",\"_id.a\":[]}"))
        .startsWith(
            "{ \"id_\" : \"a\\\"b\",\"eventId\":\"c\",\"routing__\":{\"_id\":5},\"@timestamp\":\"2026-01-31T08:15:30.100Z\","
                + "\"routing_\":1,\"eventType\":\"click\",\"eventValue\":\"x\",\"id_.a\":[]");
  }

  @Test
  void theCallersDocumentIdIsKeptWhenAMemberIsRenamed() throws InvalidEventException {
    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
    try (DefaultEventTransformer transformer =
        builder.reservedMembers(ReservedMembers.RENAME).build()) {
      transformer.transform(
          Event.parse(with("\"_id\":\"other\"")).withDocumentId("key"), documents);
    }
    assertThat(documents.build().get(0).id()).isEqualTo("key");
  }

  @Test
  void aReservedNameThatCannotBecomeLongerIsRejected() {
    builder.reservedMembers(ReservedMembers.RENAME);
    String rest = "." + "n".repeat(508);
    InvalidEventException e = rejected(with("\"_id" + rest + "\":1,\"id_" + rest + "\":2"));
    assertThat(e.code()).isEqualTo(Rejection.NAME_TOO_LONG);
  }
}

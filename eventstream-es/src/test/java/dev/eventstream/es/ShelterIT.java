package dev.eventstream.es;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.es.template.IndexTemplate;
import dev.eventstream.es.template.IndexTemplates;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.Fault;
import dev.eventstream.testkit.FaultProxy;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What real engines do with documents that contradict the mapping of their index. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class ShelterIT {
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  @RegisterExtension final EngineExtension shared;

  ShelterIT(Engine version) {
    this.shared = EngineExtension.shared(version);
  }

  private static String event(String type, String value, String members) {
    return "{\"eventType\":\"%s\",\"eventValue\":\"%s\",%s}".formatted(type, value, members);
  }

  private List<Outcome> publish(OnMappingFailure handling, List<String> events) throws Exception {
    return publish(shared.get().url(), handling, events);
  }

  private static List<Outcome> publish(URI url, OnMappingFailure handling, List<String> events)
      throws Exception {
    byte[] array = ("[" + String.join(",", events) + "]").getBytes(UTF_8);
    try (EventStream stream =
        EventStream.builder()
            .sink(ElasticsearchSink.builder(List.of(url)).onMappingFailure(handling).build())
            .transformer(DefaultEventTransformer.builder().maxFields(5_000).build())
            .deliveryTimeout(Duration.ofSeconds(30))
            .build()) {
      return stream.publishAll(EventReader.of(array)).get(60, TimeUnit.SECONDS);
    }
  }

  private JsonNode source(Outcome outcome) throws Exception {
    Outcome.Indexed indexed = (Outcome.Indexed) outcome;
    EngineClient client = shared.get().client();
    return MAPPER.readTree(
        client.source(indexed.destination(), indexed.documentId()).orElseThrow());
  }

  private int hits(String index, String query) throws Exception {
    EngineClient client = shared.get().client();
    client.refresh();
    String path = "/" + index + "/_search?q=" + URLEncoder.encode(query, UTF_8);
    String body = client.request("GET", path).orThrow().body();
    JsonNode total = MAPPER.readTree(body).path("hits").path("total");
    return total.isObject() ? total.path("value").intValue() : total.intValue();
  }

  @Test
  void documentsThatContradictTheMappingAreIndexedInAnotherForm() throws Exception {
    String type = "misfits";
    String fits =
        "\"at\":\"2026-01-01\",\"n\":1,\"o\":{\"a\":1},\"flag\":true,\"list\":[{\"x\":1}]";
    Map<String, String> misfits =
        Map.of(
            "text-for-date", "\"at\":\"yesterday\"",
            "object-for-number", "\"n\":{\"x\":1}",
            "text-for-object", "\"o\":\"text\"",
            "text-for-flag", "\"flag\":\"maybe\"",
            "text-for-list", "\"list\":[\"x\"]",
            "many-fields",
                IntStream.range(0, 1_200)
                    .mapToObj(i -> "\"f" + i + "\":" + i)
                    .collect(Collectors.joining(",")),
            "deep", "\"d\":" + "{\"d\":".repeat(30) + "1" + "}".repeat(30));
    assertThat(publish(OnMappingFailure.SHELTER, List.of(event(type, "fits", fits))))
        .hasOnlyElementsOfType(Outcome.Indexed.class);
    List<String> values = List.copyOf(misfits.keySet());
    List<String> events =
        new ArrayList<>(
            values.stream().map(value -> event(type, value, misfits.get(value))).toList());
    events.add(event(type, "fits", "\"n\":2"));

    List<Outcome> outcomes = publish(OnMappingFailure.SHELTER, events);

    assertThat(outcomes).hasOnlyElementsOfType(Outcome.Indexed.class);
    for (int i = 0; i < values.size(); i++) {
      JsonNode source = source(outcomes.get(i));
      JsonNode original = MAPPER.readTree(source.path("event").path("original").textValue());
      String expected = events.get(i);
      assertThat(source.path("eventValue").textValue()).isEqualTo(values.get(i));
      assertThat(source.path("_mapping_failure").textValue()).startsWith("400 ");
      assertThat(original.toString())
          .startsWith(MAPPER.readTree(expected).toString().replaceAll("}$", ""));
      assertThat(hits(type, "eventValue.keyword:\"" + values.get(i) + "\"")).isEqualTo(1);
    }
    assertThat(source(outcomes.get(values.size())).has("event")).isFalse();
    assertThat(hits(type, "_exists_:_mapping_failure")).isEqualTo(values.size());
    assertThat(hits(type, "*")).isEqualTo(values.size() + 2);
  }

  @Test
  void everyEventOfAnyShapeIsInTheIndex() throws Exception {
    Random random = new Random(7);
    List<String> shapes =
        List.of("1", "1.5", "\"x\"", "\"2026-01-31\"", "true", "{\"a\":1}", "[1,\"x\"]", "null");
    List<String> events = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      String members =
          IntStream.range(0, 3)
              .mapToObj(m -> "\"m" + m + "\":" + shapes.get(random.nextInt(shapes.size())))
              .collect(Collectors.joining(","));
      events.add(event("any-shape", "v" + i, members));
    }

    List<Outcome> outcomes = publish(OnMappingFailure.SHELTER, events);

    assertThat(outcomes).hasOnlyElementsOfType(Outcome.Indexed.class);
    assertThat(hits("any-shape", "*")).isEqualTo(events.size());
    assertThat(hits("any-shape", "_exists_:_mapping_failure")).isBetween(50, 299);
  }

  @Test
  void theOtherFormFitsTheTemplateAlsoForEventsWithAnEventMember() throws Exception {
    try (ElasticsearchSink sink = ElasticsearchSink.builder(List.of(shared.get().url())).build()) {
      IndexTemplate template =
          IndexTemplate.builder(List.of("templated*")).replicas(0).fieldLimit(50).build();
      assertThat(IndexTemplates.apply(sink, template, true).toCompletableFuture().get().isCurrent())
          .isTrue();
    }
    String long1 = "x".repeat(100_000);
    List<String> events =
        List.of(
            event("templated", "a", "\"o\":{\"x\":1}"),
            event("templated", "b", "\"o\":\"" + long1 + "\""),
            event("templated", "c", "\"event\":\"x\""),
            event("templated", "d", "\"event\":{\"other\":\"x\"}"),
            event("templated", "e", "\"event\":[1,2]"));

    List<Outcome> outcomes = publish(OnMappingFailure.SHELTER, events);

    assertThat(outcomes).hasOnlyElementsOfType(Outcome.Indexed.class);
    assertThat(source(outcomes.get(1)).at("/event/original").textValue()).contains(long1);
    assertThat(source(outcomes.get(3)).at("/event/other").textValue()).isEqualTo("x");
    assertThat(hits("templated", "_exists_:_mapping_failure")).isEqualTo(3);
    assertThat(hits("templated", "eventValue:b")).isEqualTo(1);
    assertThat(hits("templated", "event.original:x*")).isZero();
  }

  @Test
  void anIndexInWhichTheMembersOfTheOtherFormHaveOtherTypesTakesAFlatForm() throws Exception {
    String type = "other-types";
    String fits = event(type, "2026-01-01", "\"event\":\"text\",\"n\":1");
    publish(OnMappingFailure.SHELTER, List.of(fits));
    List<String> events =
        List.of(
            event(type, "2026-01-02", "\"n\":{\"a\":1}"),
            event(type, "home", "\"n\":2"),
            event(type, "home", "\"n\":{\"a\":1}"));

    List<Outcome> outcomes = publish(OnMappingFailure.SHELTER, events);

    assertThat(outcomes).hasOnlyElementsOfType(Outcome.Indexed.class);
    JsonNode numbered = source(outcomes.get(0));
    assertThat(numbered.path("eventValue").textValue()).isEqualTo("2026-01-02");
    for (int i = 0; i < events.size(); i++) {
      JsonNode source = source(outcomes.get(i));
      assertThat(source.path("_event_original").textValue())
          .startsWith(events.get(i).replaceAll("}$", ""));
      assertThat(source.path("eventType").textValue()).isEqualTo(type);
    }
    assertThat(hits(type, "_exists_:_mapping_failure")).isEqualTo(events.size());
  }

  @Test
  void aLostAnswerToTheOtherFormMakesNoSecondDocument() throws Exception {
    List<String> events = new ArrayList<>();
    events.add(event("lost", "fits", "\"n\":1"));
    for (int i = 0; i < 16; i++) {
      events.add(event("lost", "v" + i, "\"n\":{\"x\":" + i + "}"));
    }
    assertThat(publish(OnMappingFailure.SHELTER, events.subList(0, 1)))
        .hasOnlyElementsOfType(Outcome.Indexed.class);
    try (FaultProxy proxy = FaultProxy.start(shared.get().url())) {
      proxy.inject(Fault.resetAnswer().on("_bulk"), 0.5, 4711);

      for (String event : events.subList(1, events.size())) {
        assertThat(publish(proxy.url(), OnMappingFailure.SHELTER, List.of(event)))
            .hasOnlyElementsOfType(Outcome.Indexed.class);
      }

      assertThat(proxy.faults()).isGreaterThan(8);
    }
    assertThat(hits("lost", "*")).isEqualTo(events.size());
    assertThat(hits("lost", "_exists_:_mapping_failure")).isEqualTo(events.size() - 1);
  }

  @Test
  void aDocumentThatFitsInNoFormIsRejectedWithBothReasons() throws Exception {
    createStrictIndex("strict");

    List<Outcome> outcomes =
        publish(
            OnMappingFailure.SHELTER,
            List.of(event("strict", "x", "\"new\":1"), event("strict", "x", "\"n\":1")));

    // without a spool there are no dead letters
    assertThat(outcomes.get(0))
        .isInstanceOfSatisfying(
            Outcome.Rejected.class,
            rejected ->
                assertThat(rejected.reason())
                    .containsSubsequence("[new]", "; with its own members as text: 400 "));
    assertThat(outcomes.get(1)).isInstanceOf(Outcome.Indexed.class);
  }

  @Test
  void nothingIsWrittenInAnotherFormIfDeadLettersAreWanted() throws Exception {
    createStrictIndex("dead");

    List<Outcome> outcomes =
        publish(OnMappingFailure.DEAD_LETTER, List.of(event("dead", "x", "\"n\":\"text\"")));

    assertThat(outcomes).hasOnlyElementsOfType(Outcome.Rejected.class);
    assertThat(hits("dead", "*")).isZero();
  }

  private void createStrictIndex(String name) {
    String mapping =
        "{\"dynamic\":\"strict\",\"properties\":{\"eventType\":{\"type\":\"keyword\"},"
            + "\"eventValue\":{\"type\":\"keyword\"},\"@timestamp\":{\"type\":\"date\"},"
            + "\"n\":{\"type\":\"long\"}}}";
    String mappings =
        shared.get().engine().needsMappingType() ? "{\"_doc\":" + mapping + "}" : mapping;
    shared
        .get()
        .client()
        .request(
            "PUT",
            "/" + name,
            "{\"settings\":{\"number_of_shards\":1,\"number_of_replicas\":0},\"mappings\":"
                + mappings
                + "}")
        .orThrow();
  }
}

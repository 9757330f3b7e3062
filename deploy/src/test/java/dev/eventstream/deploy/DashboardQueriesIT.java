package dev.eventstream.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.IdResolver;
import dev.eventstream.Outcome;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.OnMappingFailure;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the dashboards ask, asked of the real engine that their product goes with, where the events
 * and the dead letters of a real stream are.
 */
@Tag("slow") // the JDK does not matter to it
@ParameterizedClass
@EnumSource
class DashboardQueriesIT {
  private static final Map<String, Map<String, String>> IDS =
      Map.of(
          "pageview", Map.of("homepage", "h", "about", "a"),
          "engagement", Map.of("hover", "h"));

  @RegisterExtension final EngineExtension engine;
  @TempDir Path directory;

  private final SavedObjects objects;
  private EngineClient client;

  DashboardQueriesIT(SavedObjects objects) {
    this.objects = objects;
    this.engine = EngineExtension.shared(objects.engine());
  }

  /** Three page views, two engagements of which one has no ID, and two that no index takes. */
  @BeforeEach
  void publish(RealEngine running) throws Exception {
    client = running.client();
    client.request("DELETE", "/*").orThrow();
    // The products keep these very objects in an index beside the events.
    client.request("PUT", "/.kibana_1", "{}").orThrow();
    Path letters = directory.resolve("letters.ndjson");
    try (EventStream stream =
            EventStream.builder()
                .sink(
                    ElasticsearchSink.builder(List.of(running.url()))
                        .onMappingFailure(OnMappingFailure.DEAD_LETTER)
                        .build())
                .idResolver(IdResolver.of(IDS))
                .spool(MapDbSpool.builder(directory.resolve("spool")).minFreeBytes(0).open())
                .build();
        OutputStream out = Files.newOutputStream(letters)) {
      publish(stream, Outcome.Indexed.class, "pageview", "homepage", 1);
      publish(stream, Outcome.Indexed.class, "pageview", "homepage", 2);
      publish(stream, Outcome.Indexed.class, "pageview", "about", 3);
      publish(stream, Outcome.Indexed.class, "engagement", "hover", 4);
      publish(stream, Outcome.Indexed.class, "engagement", "unheard-of", 5);
      publish(stream, Outcome.DeadLettered.class, "pageview", "about", "no number");
      publish(stream, Outcome.DeadLettered.class, "pageview", "about", "none either");
      stream.deadLetters().export(letter -> true, out);
    }
    client.refresh();
    String url = running.url().toString();
    assertThat(
            Script.run(Map.of(), "index-dead-letters", url, letters.toString()).succeeded().out())
        .isEqualTo("2 dead letters are in " + url + "/eventstream-dead-letters\n");
  }

  private static void publish(
      EventStream stream, Class<?> outcome, String type, String value, Object n) {
    assertThat(stream.publish(Event.of(type, value, Map.of("n", n))).join()).isInstanceOf(outcome);
  }

  @Test
  void everyFieldThatIsAskedForCanBeAggregatedAndEveryColumnIsThere() throws IOException {
    for (JsonNode pattern : objects.ofType("index-pattern")) {
      String id = pattern.required("id").textValue();
      JsonNode fields =
          SavedObjects.parse(
                  client
                      .request("GET", "/" + objects.indices(id) + "/_field_caps?fields=*")
                      .orThrow()
                      .body())
              .required("fields");
      List<String> aggregated = new ArrayList<>();
      aggregated.add(SavedObjects.attribute(pattern, "timeFieldName"));
      List<String> shown = new ArrayList<>();
      for (JsonNode visualization : objects.ofType("visualization")) {
        if (objects.indexPattern(visualization).equals(id)) {
          for (JsonNode field :
              SavedObjects.nested(visualization, "visState").required("aggs").findValues("field")) {
            aggregated.add(field.textValue());
          }
        }
      }
      for (JsonNode search : objects.ofType("search")) {
        if (objects.indexPattern(search).equals(id)) {
          search.required("attributes").required("columns").forEach(c -> shown.add(c.textValue()));
          aggregated.add(sort(search).textValue());
        }
      }

      assertThat(shown).isNotEmpty().allMatch(fields::has);
      assertThat(aggregated).hasSizeGreaterThan(3).allMatch(fields::has);
      for (String name : aggregated) {
        fields
            .required(name)
            .forEach(type -> assertThat(type.required("aggregatable").booleanValue()).isTrue());
      }
      assertThat(fields.required(SavedObjects.attribute(pattern, "timeFieldName")).has("date"))
          .isTrue();
    }
  }

  @Test
  void everyVisualizationShowsWhatThereIs() {
    Map<String, Map<String, Long>> shown = new TreeMap<>();
    for (JsonNode visualization : objects.ofType("visualization")) {
      JsonNode state = SavedObjects.nested(visualization, "visState");
      ObjectNode request = SavedObjects.JSON.createObjectNode().put("size", 0);
      ObjectNode level = request;
      for (JsonNode aggregation : state.required("aggs")) {
        if (!aggregation.required("schema").textValue().equals("metric")) {
          ObjectNode next = inWordsOfTheEngine(aggregation);
          level.putObject("aggs").set("it", next);
          level = next;
        }
      }
      JsonNode answer = search(visualization, request);
      Map<String, Long> leaves = new TreeMap<>();
      leaves(answer.required("aggregations").required("it"), "", leaves);
      shown.put(visualization.required("id").textValue(), leaves);
    }

    assertThat(shown)
        .containsOnly(
            entry("eventstream-events-by-type", Map.of(" pageview", 3L, " engagement", 2L)),
            entry(
                "eventstream-events-by-id",
                Map.of(" pageview h", 2L, " pageview a", 1L, " engagement h", 1L)),
            entry("eventstream-events-known", Map.of(" with an ID", 4L, " without an ID", 1L)),
            entry("eventstream-dead-letters-by-index", Map.of(" pageview", 2L)),
            entry(
                "eventstream-dead-letters-by-kind",
                Map.of(
                    " pageview 400 mapper_parsing_exception: failed to parse field [n] of type"
                        + " [long]",
                    2L)));
  }

  @Test
  void everySearchShowsTheLatestFirst() {
    for (JsonNode search : objects.ofType("search")) {
      String time = sort(search).textValue();
      ObjectNode request = SavedObjects.JSON.createObjectNode();
      request.withArray("/sort").addObject().putObject(time).put("order", "desc");
      List<String> times = new ArrayList<>();
      TreeSet<String> columns = new TreeSet<>();
      for (JsonNode hit : search(search, request).required("hits").required("hits")) {
        times.add(hit.required("_source").required(time).textValue());
        hit.required("_source").fieldNames().forEachRemaining(columns::add);
      }

      assertThat(times)
          .hasSize(time.equals("@timestamp") ? 5 : 2)
          .isSortedAccordingTo((a, b) -> b.compareTo(a));
      search
          .required("attributes")
          .required("columns")
          .forEach(column -> assertThat(columns).contains(column.textValue()));
    }
  }

  @Test
  void deadLettersAreIndexedAnewEachTime() throws Exception {
    Path one = directory.resolve("one.ndjson");
    Files.writeString(one, Files.readAllLines(directory.resolve("letters.ndjson")).get(0) + "\n\n");
    String url = engine.get().url().toString();

    Script.run(Map.of(), "index-dead-letters", url + "/", one.toString()).succeeded();

    assertThat(client.count("eventstream-dead-letters")).isEqualTo(1);
  }

  @Test
  void aLetterThatIsNoneIsNamed() throws Exception {
    Path broken = directory.resolve("broken.ndjson");
    Files.writeString(broken, "{\"index\": \"pageview\", \"lastAttempt\": \"yesterday\"}\n");

    Script script =
        Script.run(
            Map.of(), "index-dead-letters", engine.get().url().toString(), broken.toString());

    assertThat(script.exit()).isEqualTo(1);
    assertThat(script.out())
        .contains("index-dead-letters: some letters were rejected", "yesterday");
  }

  private static JsonNode sort(JsonNode search) {
    JsonNode sort = search.required("attributes").required("sort");
    JsonNode one = sort.required(0).isArray() ? sort.required(0) : sort;
    assertThat(one.required(1).textValue()).isEqualTo("desc");
    return one.required(0);
  }

  private JsonNode search(JsonNode object, ObjectNode request) {
    return SavedObjects.parse(
        client
            .request(
                "POST",
                "/" + objects.indices(objects.indexPattern(object)) + "/_search",
                request.toString())
            .orThrow()
            .body());
  }

  /** As Kibana turns an aggregation of a visualization into one of the engine. */
  private ObjectNode inWordsOfTheEngine(JsonNode aggregation) {
    JsonNode params = aggregation.required("params");
    ObjectNode engineAggregation = SavedObjects.JSON.createObjectNode();
    String type = aggregation.required("type").textValue();
    ObjectNode body = engineAggregation.putObject(type);
    switch (type) {
      case "terms" -> {
        body.set("field", params.required("field"));
        body.set("size", params.required("size"));
        body.putObject("order").set("_count", params.required("order"));
      }
      case "date_histogram" -> {
        body.set("field", params.required("field"));
        body.put(objects == SavedObjects.KIBANA ? "interval" : "calendar_interval", "1d");
        body.set("min_doc_count", params.required("min_doc_count"));
      }
      case "filters" -> {
        for (JsonNode filter : params.required("filters")) {
          JsonNode input = filter.required("input");
          assertThat(input.required("language").textValue()).isEqualTo("lucene");
          body.withObject("/filters")
              .putObject(filter.required("label").textValue())
              .putObject("query_string")
              .set("query", input.required("query"));
        }
      }
      default -> throw new IllegalArgumentException(type);
    }
    return engineAggregation;
  }

  /** Counts of documents by the keys that lead to them; a histogram's over time are added up. */
  private static void leaves(JsonNode aggregation, String path, Map<String, Long> counts) {
    JsonNode buckets = aggregation.required("buckets");
    if (buckets.isObject()) {
      buckets
          .properties()
          .forEach(bucket -> leaf(bucket.getValue(), path + " " + bucket.getKey(), counts));
    } else {
      for (JsonNode bucket : buckets) {
        boolean overTime = bucket.has("key_as_string");
        leaf(bucket, overTime ? path : path + " " + bucket.required("key").asText(), counts);
      }
    }
  }

  private static void leaf(JsonNode bucket, String path, Map<String, Long> counts) {
    if (bucket.has("it")) {
      leaves(bucket.required("it"), path, counts);
    } else {
      counts.merge(path, bucket.required("doc_count").longValue(), Long::sum);
    }
  }
}

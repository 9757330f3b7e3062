package dev.eventstream.es;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.ReservedMembers;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.RealEngine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Real engines and members that begin with an underscore. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class ReservedMembersIT {
  private static final List<String> RESERVED =
      List.of(
          "_all",
          "_data_stream_timestamp",
          "_doc_count",
          "_dynamic_templates",
          "_feature",
          "_field_names",
          "_id",
          "_if_primary_term",
          "_if_seq_no",
          "_ignored",
          "_ignored_source",
          "_index",
          "_inference_fields",
          "_nested_path",
          "_parent",
          "_primary_term",
          "_recovery_source",
          "_routing",
          "_seq_no",
          "_size",
          "_source",
          "_tier",
          "_timestamp",
          "_ts_routing_hash",
          "_tsid",
          "_ttl",
          "_type",
          "_uid",
          "_version",
          "_version_type");

  private static final List<String> HARMLESS =
      List.of(
          "_",
          "_default_",
          "_doc",
          "_ga",
          "_host",
          "_index_mode",
          "_ingest",
          "_name",
          "_none",
          "_op_type",
          "_pipeline",
          "_score",
          "_shards",
          "__proto__");

  private static final List<String> VALUES =
      List.of("5", "-1", "\"x\"", "{\"a\":1}", "[\"x\"]", "null");

  @RegisterExtension final EngineExtension shared;

  private final Engine version;

  ReservedMembersIT(Engine version) {
    this.version = version;
    this.shared = EngineExtension.shared(version);
  }

  @Test
  void noEventWithAReservedMemberReachesTheEngine() throws Exception {
    assertThat(published("reject", RESERVED, ReservedMembers.REJECT))
        .hasOnlyElementsOfType(Outcome.Rejected.class);
  }

  @Test
  void renamedMembersOfAnyTypeAreIndexed() throws Exception {
    assertThat(published("rename", RESERVED, ReservedMembers.RENAME))
        .hasOnlyElementsOfType(Outcome.Indexed.class);
  }

  @Test
  void otherMembersWithAnUnderscoreAreIndexedAsTheyAre() throws Exception {
    assertThat(published("harmless", HARMLESS, ReservedMembers.REJECT))
        .hasOnlyElementsOfType(Outcome.Indexed.class);
  }

  @Test
  void theyHarmNoNeighbourInAnIndexWithAPipeline() throws Exception {
    String set = "{\"processors\":[{\"set\":{\"field\":\"seen\",\"value\":true}}]}";
    List<String> events = new ArrayList<>();
    for (String member :
        List.of("_routing\":5", "_routing\":{\"a\":1}", "_if_seq_no\":\"a\"", "_if_seq_no\":-1")) {
      events.add("{\"eventType\":\"piped\",\"eventValue\":\"x\",\"n\":{\"_id\":1}}");
      events.add("{\"eventType\":\"piped\",\"eventValue\":\"x\",\"" + member + "}");
    }
    try (RealEngine engine = RealEngine.builder(version.toString()).ingestProcessors().start()) {
      EngineClient client = engine.client();
      client.request("PUT", "/_ingest/pipeline/set", set).orThrow();
      String settings = "{\"settings\":{\"index.default_pipeline\":\"set\"}}";
      client.request("PUT", "/piped", settings).orThrow();

      List<Outcome> outcomes = publish(engine, events, ReservedMembers.REJECT);

      for (int i = 0; i < outcomes.size(); i++) {
        assertThat(outcomes.get(i))
            .as(events.get(i))
            .isInstanceOf(i % 2 == 0 ? Outcome.Indexed.class : Outcome.Rejected.class);
      }
      assertThat(client.source("piped", ((Outcome.Indexed) outcomes.get(0)).documentId()))
          .hasValueSatisfying(source -> assertThat(source).contains("\"seen\":true"));
      List<String> renamed = List.of(events.get(0).replace("\"n\":{\"_id\":1}", "\"_routing\":5"));
      assertThat(publish(engine, renamed, ReservedMembers.RENAME))
          .hasOnlyElementsOfType(Outcome.Indexed.class);
    }
  }

  /** One event for each name and value; values have separate indices, as their types differ. */
  private List<Outcome> published(String index, List<String> names, ReservedMembers handling)
      throws Exception {
    EngineClient client = shared.get().client();
    List<String> events = new ArrayList<>();
    for (int i = 0; i < VALUES.size(); i++) {
      String type = "underscore-" + index + "-" + i;
      client
          .request(
              "PUT", "/" + type, "{\"settings\":{\"number_of_shards\":1,\"number_of_replicas\":0}}")
          .orThrow();
      for (String name : names) {
        events.add(
            "{\"eventType\":\"%s\",\"eventValue\":\"x\",\"%s\":%s}"
                .formatted(type, name, VALUES.get(i)));
      }
    }
    return publish(shared.get(), events, handling);
  }

  private static List<Outcome> publish(
      RealEngine engine, List<String> events, ReservedMembers handling) throws Exception {
    byte[] array = ("[" + String.join(",", events) + "]").getBytes(UTF_8);
    try (EventStream stream =
        EventStream.builder()
            .sink(engine.url().toString())
            .transformer(DefaultEventTransformer.builder().reservedMembers(handling).build())
            .deliveryTimeout(Duration.ofSeconds(30))
            .build()) {
      return stream.publishAll(EventReader.of(array)).get(60, TimeUnit.SECONDS);
    }
  }
}

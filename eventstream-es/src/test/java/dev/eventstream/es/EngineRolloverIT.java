package dev.eventstream.es;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Indices that the engine itself continues, on real engines. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class EngineRolloverIT {
  @RegisterExtension final EngineExtension shared;

  EngineRolloverIT(Engine version) {
    this.shared = EngineExtension.shared(version);
  }

  private void publish(String index) throws Exception {
    try (EventStream stream =
        EventStream.builder()
            .sink(ElasticsearchSink.builder(List.of(shared.get().url())).build())
            .transformer(DefaultEventTransformer.builder().index(index).build())
            .deliveryTimeout(Duration.ofSeconds(30))
            .build()) {
      List<Event> events = List.of(Event.of("a", "1"), Event.of("b", "2"));
      assertThat(stream.publishAll(events).get(60, TimeUnit.SECONDS))
          .hasOnlyElementsOfType(Outcome.Indexed.class);
    }
  }

  @Test
  void eventsGoToTheWriteIndexOfAnAlias() throws Exception {
    EngineClient client = shared.get().client();
    String alias = "{\"aliases\":{\"written\":{\"is_write_index\":true}}}";
    client.request("PUT", "/written-000001", alias).orThrow();

    publish("written");
    client.request("POST", "/written/_rollover", "{}").orThrow();
    publish("written");

    assertThat(client.count("written-000002")).isEqualTo(2);
    assertThat(client.count("written")).isEqualTo(4);
  }

  @Test
  void eventsGoToTheLastIndexOfADataStream() throws Exception {
    assumeTrue(
        shared.get().engine().product() == Engine.Product.OPENSEARCH,
        "Elasticsearch has data streams only with its basic licence");
    EngineClient client = shared.get().client();
    client
        .request(
            "PUT",
            "/_index_template/streamed",
            "{\"index_patterns\":[\"streamed\"],\"data_stream\":{}}")
        .orThrow();

    publish("streamed");
    client.request("POST", "/streamed/_rollover", "{}").orThrow();
    publish("streamed");

    assertThat(client.count(".ds-streamed-000002")).isEqualTo(2);
    assertThat(client.count("streamed")).isEqualTo(4);
  }
}

package dev.eventstream.es;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineExtension;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Compressed bulk requests with real engines. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class CompressedBulkIT {
  @RegisterExtension final EngineExtension shared;

  CompressedBulkIT(Engine version) {
    this.shared = EngineExtension.shared(version);
  }

  @Test
  void packedEventsAreIndexedAsTheyAre() throws Exception {
    ElasticsearchSink sink =
        ElasticsearchSink.builder(List.of(shared.get().url()))
            .compressRequests(true)
            .headers(Map.of("X-Opaque-Id", "packed"))
            .build();
    try (EventStream stream = EventStream.builder().sink(sink).build()) {
      List<Event> events =
          IntStream.range(0, 1_000)
              .mapToObj(n -> Event.of("packed", "value", Map.of("user", "Zoë", "n", n)))
              .toList();

      List<Outcome> outcomes = stream.publishAll(events).get(60, TimeUnit.SECONDS);

      assertThat(outcomes).hasSize(1_000).hasOnlyElementsOfType(Outcome.Indexed.class);
      assertThat(shared.get().client().count("packed")).isEqualTo(1_000);
      String id = ((Outcome.Indexed) outcomes.get(999)).documentId();
      assertThat(shared.get().client().source("packed", id).orElseThrow())
          .contains("\"n\":999")
          .contains("Zoë");
    }
  }
}

package dev.eventstream.es;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.spi.IndexPattern;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.FaultProxy;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Repeats of requests across the change of an index, on real engines. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class RepeatsIT {
  private static final String BEFORE = "2026-11-28T23:59:59.999Z";
  private static final String AFTER = "2026-11-29T00:59:59.999Z";
  private static final String LATE = "2026-11-29T01:00:00Z";

  @RegisterExtension final EngineExtension shared;

  RepeatsIT(Engine version) {
    this.shared = EngineExtension.shared(version);
  }

  private static List<Outcome> publishAt(String moment, URI url, Event... events) throws Exception {
    String pattern = "{eventType}-{yyyy.MM.dd}";
    try (EventStream stream =
        EventStream.builder()
            .sink(
                ElasticsearchSink.builder(List.of(url))
                    .recogniseRepeats(IndexPattern.parse(pattern), Duration.ofHours(1))
                    .build())
            .transformer(
                DefaultEventTransformer.builder()
                    .index(pattern)
                    .clock(Clock.fixed(Instant.parse(moment), ZoneOffset.UTC))
                    .build())
            .deliveryTimeout(Duration.ofSeconds(30))
            .build()) {
      return stream.publishAll(List.of(events)).get(60, TimeUnit.SECONDS);
    }
  }

  private static Event[] keyed(String type, int from, int to) {
    return Stream.iterate(from, i -> i < to, i -> i + 1)
        .map(i -> Event.of(type, "v").withDocumentId("key-" + i))
        .toArray(Event[]::new);
  }

  @Test
  void aRepeatSoonAfterMidnightIsADuplicate() throws Exception {
    URI url = shared.get().url();
    assertThat(publishAt(BEFORE, url, keyed("soon", 0, 5)))
        .hasOnlyElementsOfType(Outcome.Indexed.class);

    List<Outcome> repeated = publishAt(AFTER, url, keyed("soon", 3, 7));

    assertThat(repeated.subList(0, 2)).hasOnlyElementsOfType(Outcome.Duplicate.class);
    assertThat(repeated.subList(2, 4)).hasOnlyElementsOfType(Outcome.Indexed.class);
    assertThat(publishAt(AFTER, url, keyed("soon", 3, 5)))
        .hasOnlyElementsOfType(Outcome.Duplicate.class);
    EngineClient client = shared.get().client();
    assertThat(client.count("soon-2026.11.28")).isEqualTo(5);
    assertThat(client.count("soon-2026.11.29")).isEqualTo(2);
  }

  @Test
  void aRepeatAfterTheWindowIsWrittenAgain() throws Exception {
    URI url = shared.get().url();
    publishAt(BEFORE, url, keyed("late", 0, 1));

    assertThat(publishAt(LATE, url, keyed("late", 0, 1)))
        .hasOnlyElementsOfType(Outcome.Indexed.class);
  }

  @Test
  void eventsAreWrittenIfThereIsNoIndexOfThePeriodBefore() throws Exception {
    assertThat(publishAt(AFTER, shared.get().url(), keyed("first", 0, 3)))
        .hasOnlyElementsOfType(Outcome.Indexed.class);
  }

  @Test
  void onlyDocumentsThatCanBeRepeatsAreLookedUp() throws Exception {
    String json = "{\"@timestamp\":\"" + AFTER + "\",\"eventType\":\"few\",\"eventValue\":\"v\"}";
    Event own = Event.parse(json).withDocumentId("own-time");
    try (FaultProxy proxy = FaultProxy.start(shared.get().url())) {
      publishAt(AFTER, proxy.url(), Event.of("few", "v"), own);
      assertThat(proxy.requests()).as("the version and the bulk request").isEqualTo(2);

      publishAt(AFTER, proxy.url(), Event.of("few", "v"), keyed("few", 0, 1)[0]);
      assertThat(proxy.requests()).as("the same and the lookup").isEqualTo(5);
    }
  }
}

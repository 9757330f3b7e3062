package dev.eventstream.es.indices;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Two processes that continue an index in the next one, on real engines. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class RolloverIT {
  @RegisterExtension final EngineExtension shared;

  RolloverIT(Engine version) {
    this.shared = EngineExtension.shared(version);
  }

  /** A clock that can be set forward. */
  private static final class Time extends Clock {
    private Duration ahead = Duration.ZERO;

    @Override
    public Instant instant() {
      return Instant.now().plus(ahead);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException();
    }
  }

  /** A process that writes events. */
  private final class Writer implements AutoCloseable {
    private final Rollover rollover;
    private final ElasticsearchSink sink;
    private final EventStream stream;

    Writer(String pattern, Time time) {
      rollover = Rollover.builder(pattern).documents(5).clock(time).build();
      sink =
          ElasticsearchSink.builder(List.of(shared.get().url())).recogniseRepeats(rollover).build();
      stream =
          EventStream.builder()
              .sink(sink)
              .transformer(
                  DefaultEventTransformer.builder().index(pattern).generations(rollover).build())
              .deliveryTimeout(Duration.ofSeconds(30))
              .build();
    }

    List<String> update() throws Exception {
      shared.get().client().request("POST", "/_refresh").orThrow();
      return rollover.update(sink);
    }

    List<Outcome> publish(String type, int from, int to) throws Exception {
      List<Event> events =
          IntStream.range(from, to)
              .mapToObj(i -> Event.of(type, "v").withDocumentId("key-" + i))
              .toList();
      return stream.publishAll(events).get(60, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
      stream.close();
    }
  }

  @Test
  void anIndexThatIsFullIsContinuedOnceByAllProcesses() throws Exception {
    Time time = new Time();
    EngineClient client = shared.get().client();
    try (Writer one = new Writer("roll-{eventType}", time);
        Writer other = new Writer("roll-{eventType}", time)) {
      assertThat(one.update()).isEmpty();
      one.publish("a", 0, 4);
      assertThat(one.update()).as("not full").isEmpty();
      other.publish("a", 4, 6);

      assertThat(one.update()).containsExactly("roll-a-000002");
      assertThat(other.update()).as("exists").isEmpty();
      one.publish("a", 6, 7);
      assertThat(client.count("roll-a-000001")).as("others do not know it yet").isEqualTo(7);

      time.ahead = Duration.ofMinutes(1).plusSeconds(1);
      one.update();
      other.update();
      one.publish("a", 7, 9);
      other.publish("a", 9, 10);
      assertThat(client.count("roll-a-000002")).isEqualTo(3);
      assertThat(client.count("roll-a-000001")).isEqualTo(7);
      assertThat(client.count("roll-a")).as("the alias").isEqualTo(10);
    }
  }

  @Test
  void repeatsAreRecognisedInBothGenerations() throws Exception {
    Time time = new Time();
    try (Writer early = new Writer("repeat-{eventType}", time);
        Writer late = new Writer("repeat-{eventType}", time)) {
      early.publish("a", 0, 6);
      assertThat(early.update()).hasSize(1);
      late.update();
      time.ahead = Duration.ofMinutes(1).plusSeconds(1);
      early.update(); // the other process is late

      assertThat(early.publish("a", 5, 7))
          .extracting(outcome -> outcome instanceof Outcome.Duplicate)
          .containsExactly(true, false);
      assertThat(late.publish("a", 6, 8))
          .extracting(outcome -> outcome instanceof Outcome.Duplicate)
          .containsExactly(true, false);
      assertThat(early.publish("a", 7, 8)).hasOnlyElementsOfType(Outcome.Duplicate.class);
    }
    assertThat(shared.get().client().count("repeat-a")).isEqualTo(8);
  }

  @Test
  void anIndexOfTheNameOfTheAliasStaysAsItIs() throws Exception {
    EngineClient client = shared.get().client();
    client.request("PUT", "/before-a/_doc/1?refresh=true", "{\"eventType\":\"a\"}").orThrow();
    Time time = new Time();
    try (Writer one = new Writer("before-{eventType}", time)) {
      one.publish("a", 0, 6);
      assertThat(one.update()).containsExactly("before-a-000002");
      one.publish("a", 6, 7);
    }
    assertThat(client.count("before-a")).isEqualTo(1);
    assertThat(client.count("before-a*")).isEqualTo(8);
  }

  @Test
  void anEventTypeThatLooksLikeAGenerationDoesNotPreventIt() throws Exception {
    Time time = new Time();
    try (Writer one = new Writer("alike-{eventType}", time)) {
      one.publish("a-000002", 0, 1);
      assertThat(one.update()).isEmpty();
      one.publish("a", 0, 6);
      assertThat(one.update()).containsExactly("alike-a-000002");
    }
    assertThat(shared.get().client().count("alike-a-000002-000001")).isEqualTo(1);
  }

  @Test
  void aDailyIndexIsContinuedWithinItsDay() throws Exception {
    Time time = new Time();
    String today = Instant.now().toString().substring(0, 10).replace('-', '.');
    try (Writer one = new Writer("daily-{yyyy.MM.dd}", time)) {
      one.publish("a", 0, 6);
      List<String> created = one.update();
      // At midnight there may be two days of less than five documents.
      if (Instant.now().toString().substring(0, 10).replace('-', '.').equals(today)) {
        assertThat(created).containsExactly("daily-" + today + "-000002");
      }
    }
  }
}

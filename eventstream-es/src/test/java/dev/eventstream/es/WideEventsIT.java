package dev.eventstream.es;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.spi.Rejection;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Events within the byte limit that would stall or crash a node of the cluster. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class WideEventsIT {
  @RegisterExtension final EngineExtension shared;

  WideEventsIT(Engine version) {
    this.shared = EngineExtension.shared(version);
  }

  @Test
  void wideEventsAreRejectedAndTheirNeighboursIndexed() throws Exception {
    String flat = joined(95_000, "\"m%d\":1");
    String inArray = "\"a\":[" + joined(30_000, "{\"m%d\":1}") + "]";
    String objects = joined(30_000, "\"o%d\":{\"a\":1}");
    String dots = "\"" + "a.".repeat(20_000) + "a\":1";
    String name = "\"" + "a.".repeat(250) + "a\":";
    String nestedDots = (name + "{").repeat(60) + name + "1" + "}".repeat(60);
    List<String> events = new ArrayList<>();
    for (String wide : List.of(flat, inArray, objects, dots, nestedDots)) {
      events.addAll(Collections.nCopies(3, event(wide)));
      events.add(event("\"fine\":true"));
    }

    List<Outcome> outcomes = publish(events);

    for (int i = 0; i < outcomes.size(); i++) {
      assertThat(outcomes.get(i))
          .as("event %d", i)
          .isInstanceOf(i % 4 == 3 ? Outcome.Indexed.class : Outcome.Rejected.class);
    }
    assertThat(((Outcome.Rejected) outcomes.get(0)).code()).isEqualTo(Rejection.TOO_MANY_VALUES);
    assertThat(((Outcome.Rejected) outcomes.get(12)).code()).isEqualTo(Rejection.NAME_TOO_LONG);
    assertThat(((Outcome.Rejected) outcomes.get(16)).code()).isEqualTo(Rejection.TOO_DEEP);
  }

  @Test
  void anOrderOfManyItemsIsIndexed() throws Exception {
    String item = "{" + joined(10, "\"f%d\":\"v\"") + "}";
    String items = String.join(",", Collections.nCopies(400, item));

    assertThat(publish(List.of(event("\"items\":[" + items + "]"))))
        .hasOnlyElementsOfType(Outcome.Indexed.class);
  }

  private List<Outcome> publish(List<String> events) throws Exception {
    byte[] array = ("[" + String.join(",", events) + "]").getBytes(UTF_8);
    try (EventStream stream =
        EventStream.builder()
            .sink(shared.get().url().toString())
            .deliveryTimeout(Duration.ofSeconds(30))
            .build()) {
      return stream.publishAll(EventReader.of(array)).get(60, TimeUnit.SECONDS);
    }
  }

  private static String event(String members) {
    return "{\"eventType\":\"wide\",\"eventValue\":\"x\"," + members + "}";
  }

  private static String joined(int count, String format) {
    return String.join(",", IntStream.range(0, count).mapToObj(format::formatted).toList());
  }
}

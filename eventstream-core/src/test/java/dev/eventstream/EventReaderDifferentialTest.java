package dev.eventstream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.statistics.Statistics;

/** The reader accepts what Jackson accepts and rejects what Jackson rejects. */
final class EventReaderDifferentialTest {

  @Provide
  Arbitrary<byte[]> events() {
    return Arbitraries.randomValue(random -> new RandomJson(random).event());
  }

  @Provide
  Arbitrary<byte[]> damagedEvents() {
    return Arbitraries.randomValue(
        random -> {
          RandomJson json = new RandomJson(random);
          return json.damaged(json.event());
        });
  }

  @Property(tries = 5_000, shrinking = ShrinkingMode.OFF)
  void acceptsAnyEventUnchanged(@ForAll("events") byte[] json) throws Exception {
    Event event = Event.parse(json);
    List<Jackson.Member> members = Jackson.members(json);

    assertThat(event.toJson()).isEqualTo(json);
    assertThat(members)
        .contains(Jackson.Member.text("eventType", event.eventType()))
        .contains(Jackson.Member.text("eventValue", event.eventValue()));
  }

  @Property(tries = 20_000, shrinking = ShrinkingMode.OFF)
  void acceptsAndRejectsAnyBytesAsJacksonDoes(@ForAll("damagedEvents") byte[] bytes) {
    boolean expected = Jackson.isEvent(bytes);
    boolean taken;
    try {
      Event event = Event.parse(bytes);
      taken = true;
      assertThat(new String(bytes, UTF_8).strip()).isEqualTo(event.toString());
    } catch (InvalidEventException e) {
      taken = false;
    }

    assertThat(taken).as(new String(bytes, UTF_8)).isEqualTo(expected);
    Statistics.label("taken")
        .collect(taken)
        .coverage(
            coverage -> {
              coverage.check(true).percentage(share -> share > 5);
              coverage.check(false).percentage(share -> share > 5);
            });
  }

  @Property(tries = 5_000, shrinking = ShrinkingMode.OFF)
  void theReaderAgreesWithParsingTheEventAlone(@ForAll("damagedEvents") byte[] bytes)
      throws IOException {
    byte[] oneLine = new String(bytes, ISO_8859_1).replace('\n', ' ').getBytes(ISO_8859_1);
    List<Object> lines = Reading.all(EventReader.ofLines(oneLine));
    List<Object> sequence = Reading.all(EventReader.of(oneLine));
    if (Jackson.isEvent(oneLine)) {
      String event = new String(oneLine, ISO_8859_1).strip();
      assertThat(lines).containsExactly(event);
      assertThat(sequence).containsExactly(event);
    } else {
      assertThat(Reading.events(lines)).isEmpty();
    }
  }

  /**
   * Half of an event that is damaged by one byte is never read as an event, whatever its
   * neighbours.
   */
  @Property(tries = 5_000, shrinking = ShrinkingMode.OFF)
  void damageToAnArrayYieldsNoEventThatWasNotSent(@ForAll("damagedEvents") byte[] bytes)
      throws IOException {
    String element = new String(bytes, ISO_8859_1);
    byte[] array =
        ("[" + Reading.FIRST + "," + element + "," + Reading.LAST + "]").getBytes(ISO_8859_1);
    List<Object> all = Reading.all(EventReader.of(array));

    assertThat(all).startsWith(Reading.FIRST);
    if (Jackson.isEvent(bytes)) {
      assertThat(all).containsExactly(Reading.FIRST, element.strip(), Reading.LAST);
    } else {
      assertThat(Reading.broken(all)).isNotEmpty();
    }
    for (String event : Reading.events(all)) {
      assertThat(Jackson.isEvent(event.getBytes(ISO_8859_1))).isTrue();
    }
  }
}

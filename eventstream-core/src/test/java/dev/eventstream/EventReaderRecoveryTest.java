package dev.eventstream;

import static dev.eventstream.Reading.FIRST;
import static dev.eventstream.Reading.LAST;
import static dev.eventstream.Reading.OK;
import static dev.eventstream.Reading.all;
import static dev.eventstream.Reading.broken;
import static dev.eventstream.Reading.events;
import static dev.eventstream.Reading.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Events after a broken event are still read, and nothing that was not sent is read as an event.
 */
final class EventReaderRecoveryTest {
  /** Elements that are broken in different ways. */
  private static final List<String> BROKEN =
      List.of(
          "{\"a\":}",
          "{\"a\":1",
          "{\"a\":{\"b\":1}",
          "{\"eventType\":\"a,\"eventValue\":\"b\"}",
          "{\"eventType:\"a\",\"eventValue\":\"b\"}",
          "{\"eventType\":\"a\",\"eventValue\":\"b}",
          "{eventType\":\"a\",\"eventValue\":\"b\"}",
          "{\"eventType\":\"a\",\"eventVa",
          "{\"eventType\":\"a\",\"eventValue\":\"b\",\"n\":[1,2",
          "{\"eventType\":\"a\",\"eventValue\":\"b\",\"n\":[1,2}",
          "{\"eventType\":\"a\",\"eventValue\":\"b\",\"n\":{\"m\":1]}",
          "{\"eventType\":\"a\" \"eventValue\":\"b\"}",
          "{\"eventType\":\"a\",\"eventValue\":undefined}",
          "{\"eventType\":\"a\",\"eventValue\":\"b\"",
          "\"eventType\":\"a\",\"eventValue\":\"b\"}",
          "{\"eventType\":\"a\",\"eventType\":\"b\"}",
          "{\"eventType\":\"a\\\"}",
          "{",
          "{\"",
          "\"",
          "}",
          "garbage",
          "\"garb\"age\"",
          "7",
          "{}");

  @Test
  void oneBrokenElementDoesNotAffectTheOthers() throws IOException {
    for (String fault : BROKEN) {
      for (int place = 0; place < 4; place++) {
        List<String> elements = numbered(4);
        elements.set(place, fault);
        List<String> expected = numbered(4);
        expected.remove(place);

        assertThat(events(array(elements, ","))).as("%s at %d", fault, place).isEqualTo(expected);
        assertThat(events(array(elements, " ,\n  ")))
            .as("%s at %d, pretty", fault, place)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void twoBrokenElementsDoNotAffectTheOneBetweenThem() throws IOException {
    for (String one : BROKEN) {
      for (String other : BROKEN) {
        List<String> elements = numbered(7);
        elements.set(1, one);
        elements.set(3, other);

        assertThat(events(array(elements, ",")))
            .as("%s and %s", one, other)
            .contains(numbered(7).get(0), numbered(7).get(4), numbered(7).get(6))
            .isSubsetOf(numbered(7));
      }
    }
  }

  @Test
  void eachBrokenElementIsOneBrokenEventAtItsPosition() throws IOException {
    for (String fault :
        List.of("{\"a\":}", "{\"a\":1", "{\"eventType\":\"a,\"eventValue\":\"b\"}", "{}")) {
      List<Object> all = all("[" + FIRST + "," + fault + "," + OK + "," + fault + "," + LAST + "]");

      assertThat(all).as(fault).hasSize(5);
      assertThat(events(all)).containsExactly(FIRST, OK, LAST);
      assertThat(broken(all)).extracting(BrokenEvent::index).containsExactly(1, 3);
    }
  }

  @Test
  void aSingleWrongByteDoesNotAffectNeighbours() throws IOException {
    String plain = OK;
    String rich =
        "{\"eventType\":\"a\",\"eventValue\":\"b\",\"n\":[1,{\"k\":{\"z\":null}},2.5e3],"
            + "\"s\":\"x, {y} [z] \\\"q\\\" \\\\\"}";
    String nested =
        "{\"eventType\":\"a\",\"eventValue\":\"b\",\"items\":[{\"eventType\":\"p\",\"eventValue\":\"1\"},"
            + "{\"eventType\":\"q\",\"eventValue\":\"2\"},{\"eventType\":\"r\",\"eventValue\":\"3\"}],\"t\":true}";
    Tally tally = new Tally();
    for (String event : List.of(plain, rich, nested)) {
      for (int i = 0; i < event.length(); i++) {
        tally.count(event.substring(0, i) + event.substring(i + 1));
        tally.count(event.substring(0, i));
        for (char c : "{}[]\",:\\x0 ".toCharArray()) {
          tally.count(event.substring(0, i) + c + event.substring(i + 1));
          tally.count(event.substring(0, i) + c + event.substring(i));
        }
      }
    }

    // The rest: brackets that match by chance, such as "items":[]"eventType":..., and an event that
    // is cut off directly after one of the events that it contains.
    assertThat(tally.lost).hasSizeLessThanOrEqualTo(tally.all / 1_000);
    assertThat(tally.foreign).hasSizeLessThanOrEqualTo(tally.all / 1_000);
    assertThat(tally.foreign).allMatch(element -> element.contains("items"));
    assertThat(tally.lost).allMatch(element -> element.contains("items"));
  }

  private static final class Tally {
    int all;
    final List<String> lost = new ArrayList<>();
    final Set<String> foreign = new LinkedHashSet<>();

    void count(String mutated) throws IOException {
      String element = mutated.strip();
      String array = "[" + FIRST + "," + mutated + "," + LAST + "]";
      List<String> events = events(array);
      all++;
      if (!events.contains(FIRST) || !events.contains(LAST)) {
        lost.add(element);
      }
      for (String event : events) {
        // An extra "}" may turn the element's head into an event, an extra "," may precede it.
        boolean head = element.startsWith(event) || element.startsWith("," + event);
        if (!event.equals(FIRST) && !event.equals(LAST) && !head) {
          foreign.add(element);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"x\":tru",
        "\"x\":\"a\\qb\"",
        "\"x\":01",
        "\"x\" 1",
        "\"eventType\":\"twice\"",
        "\"x\":\"\\ud800\"",
        "x"
      })
  void anObjectNestedInABrokenEventIsNotAnEvent(String fault) throws IOException {
    String items = "\"items\":[" + OK + "," + OK + "," + OK + "]";
    String mixed = "\"items\":[" + OK + "," + OK + ",5,[" + OK + "," + OK + "],null]";
    for (String nested : List.of(items, mixed)) {
      String before = "{\"eventType\":\"a\",\"eventValue\":\"b\"," + fault + "," + nested + "}";
      String behind = "{\"eventType\":\"a\",\"eventValue\":\"b\"," + nested + "," + fault + "}";

      assertThat(events("[" + before + "," + LAST + "]")).containsExactly(LAST);
      assertThat(events("[" + behind + "," + LAST + "]")).containsExactly(LAST);
      assertThat(events("[" + FIRST + "," + before + "," + behind + "]")).containsExactly(FIRST);
    }
  }

  @Test
  void anObjectNestedInTruncatedInputIsNotAnEvent() throws IOException {
    String event =
        "{\"eventType\":\"a\",\"items\":[" + (OK + ",").repeat(5) + "5],\"eventValue\":\"b\"}";
    String array = "[" + FIRST + "," + event + "," + event + "]";
    for (int cut = 1 + FIRST.length(); cut < array.length(); cut++) {
      if (array.charAt(cut - 1) != ']') { // otherwise it could also be an event that is cut off
        assertThat(events(array.substring(0, cut)))
            .as("cut at %d", cut)
            .isSubsetOf(FIRST, event)
            .startsWith(FIRST);
      }
    }
  }

  @Test
  void anObjectNestedInATooLargeEventIsNotAnEvent() throws IOException {
    String pad = "\"pad\":\"" + "x".repeat(EventReader.MAX_EVENT_BYTES) + "\"";
    String nested = "\"items\":[" + OK + "," + OK + "]";
    String event =
        "{\"eventType\":\"a\",\"eventValue\":\"b\"," + nested + "," + pad + "," + nested + "}";

    assertThat(events("[" + event + "," + LAST + "]")).containsExactly(LAST);
  }

  @Test
  void jsonInAStringIsNotAnEvent() throws IOException {
    String text = "[" + OK + "," + OK + "," + OK + "]";
    String quoted = text.replace("\"", "\\\"");
    String event = "{\"eventType\":\"a\",\"eventValue\":tru,\"text\":\"" + quoted + "\"}";

    assertThat(events("[" + event + "," + LAST + "]")).containsExactly(LAST);
  }

  @Test
  void anExtraBraceAfterAnEventDoesNotAffectOthers() throws IOException {
    List<Object> all = all("[" + FIRST + "}," + OK + "," + LAST + "]");

    assertThat(events(all)).containsExactly(FIRST, OK, LAST);
    assertThat(broken(all)).hasSize(1);
  }

  @Test
  void aMissingCommaLosesOnlyTheNextEvent() throws IOException {
    List<Object> all = all("[" + FIRST + OK + "," + LAST + "]");

    assertThat(all).hasSize(3);
    assertThat(events(all)).containsExactly(FIRST, LAST);
  }

  @Test
  void findsALargeEventAfterALargeBrokenOne() throws IOException {
    String large = Reading.eventOfSize(EventReader.MAX_EVENT_BYTES);
    String brokenOne = large.substring(0, large.length() - 1);

    assertThat(events("[" + brokenOne + "," + large + "," + LAST + "]"))
        .containsExactly(large, LAST);
  }

  @Test
  void manyBrokenEventsOfOneArrayDoNotAffectTheirNeighbours() throws IOException {
    StringBuilder array = new StringBuilder("[");
    int good = 0;
    Random random = new Random(7);
    for (int i = 0; i < 5_000; i++) {
      if (random.nextInt(3) == 0) {
        array.append(BROKEN.get(random.nextInt(4))).append(',');
      } else {
        array.append(OK).append(',');
        good++;
      }
    }
    array.append(LAST).append(']');

    assertThat(events(array.toString())).hasSize(good + 1).endsWith(LAST);
    assertThat(events(all(EventReader.of(Reading.inRandomChunks(utf8(array.toString()), 1)))))
        .hasSize(good + 1);
  }

  @Test
  void aBrokenLineDoesNotAffectOthers() throws IOException {
    for (String fault : BROKEN) {
      for (int place = 0; place < 4; place++) {
        List<String> lines = numbered(4);
        lines.set(place, fault);
        List<String> expected = numbered(4);
        expected.remove(place);
        byte[] bytes = utf8(String.join("\n", lines));

        assertThat(events(all(EventReader.ofLines(bytes))))
            .as("%s at %d", fault, place)
            .isEqualTo(expected);
        assertThat(all(EventReader.ofLines(bytes))).hasSize(4);
        assertThat(events(all(EventReader.of(bytes))))
            .as("%s at %d, recognised as lines", fault, place)
            .isEqualTo(expected);
        assertThat(all(EventReader.of(bytes))).hasSize(4);
      }
    }
  }

  @Test
  void consecutiveGarbageLinesAreOneBrokenEventUnlessInLineMode() throws IOException {
    String lines = FIRST + "\ngarbage\nmore\n\n" + LAST + "\n";

    assertThat(all(lines)).hasSize(3).startsWith(FIRST).endsWith(LAST);
    assertThat(all(EventReader.ofLines(utf8(lines)))).hasSize(4).startsWith(FIRST).endsWith(LAST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\n  \"eventType\": \"a\",\n  \"eventValue\": b\n}",
        "{\n  \"eventType\": \"a\",\n  \"eventValue\": \"b\",\n}",
        "{\n  \"eventType\": \"a\"\n  \"eventValue\": \"b\"\n}",
        "{\n  \"eventType\": \"a,\n  \"eventValue\": \"b\"\n}",
        "{\n  eventType: \"a\",\n  \"eventValue\": \"b\"\n}",
        "{\n  \"eventType\": \"a\",\n  \"eventValue\": \"b\"\n",
        "{\n  \"eventType\": \"a\",\n  \"n\": [\n    {\n      \"x\": 1\n    },\n    {\"y\": }\n  ]\n}",
        "{\n  \"eventType\": \"a\",\n  \"eventType\": \"a\",\n  \"n\": [\n  {\"x\": 1},\n  {}\n  ]\n}\n",
        "{\n  \"eventType\": \"a\",\n  \"n\": [1, 2}\n}",
        "{\n  \"eventType\": \"a\"\n}",
        "{\n\n\n  \"eventType\": 'a'\n}"
      })
  void aBrokenMultilineObjectIsExactlyOneBrokenEvent(String pretty) throws IOException {
    assertThat(all(pretty)).singleElement().isInstanceOf(BrokenEvent.class);
    assertThat(all(EventReader.of(Reading.byteByByte(utf8(pretty))))).isEqualTo(all(pretty));
  }

  @Test
  void aBrokenMultilineObjectDoesNotAffectTheNextIfItsBracketsClose() throws IOException {
    String pretty = "{\n  \"eventType\": \"a\",\n  \"eventValue\": b\n}\n";

    assertThat(all(pretty + LAST)).hasSize(2).endsWith(LAST);
  }

  /**
   * For any input, reading ends, streams give the same result, and positions are within the input.
   */
  @Test
  void readsAnyMixtureOfTokensToItsEnd() throws IOException {
    String[] tokens = {
      "{",
      "}",
      "[",
      "]",
      "\"",
      ",",
      ":",
      "\\",
      "\n",
      " ",
      "\"a\"",
      "1",
      "tru",
      "\u00e9",
      OK,
      OK + ",",
      "," + OK,
      "\"eventType\":\"a\"",
      "\"eventValue\":\"b\"",
      "\"n\":[",
      "{\"x\":",
      "}]",
      "]}"
    };
    Random random = new Random(11);
    for (int round = 0; round < 20_000; round++) {
      StringBuilder soup = new StringBuilder(random.nextBoolean() ? "[" : "");
      for (int i = random.nextInt(25); i > 0; i--) {
        soup.append(tokens[random.nextInt(tokens.length)]);
      }
      byte[] bytes = utf8(soup.toString());
      List<Object> all = all(EventReader.of(bytes));

      assertThat(all).as(soup.toString()).hasSizeLessThanOrEqualTo(bytes.length + 1);
      for (BrokenEvent event : broken(all)) {
        assertThat(event.index()).isEqualTo(all.indexOf(event));
        assertThat(event.offset()).as(soup.toString()).isBetween(0L, (long) bytes.length);
      }
      assertThat(all(EventReader.of(Reading.inRandomChunks(bytes, round)))).isEqualTo(all);
      all(EventReader.ofLines(bytes));
    }
  }

  private static List<String> numbered(int count) {
    List<String> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add("{\"eventType\":\"a\",\"eventValue\":\"" + i + "\"}");
    }
    return events;
  }

  private static String array(List<String> elements, String separator) {
    return "[" + String.join(separator, elements) + "]";
  }
}

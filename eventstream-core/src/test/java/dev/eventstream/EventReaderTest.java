package dev.eventstream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.spi.Rejection;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventReaderTest {
  private static final String GOOD = "{\"eventType\":\"a\",\"eventValue\":\"b\"}";

  static List<ReadEvent> readAll(EventReader reader) throws IOException {
    List<ReadEvent> all = new ArrayList<>();
    for (ReadEvent event = reader.next(); event != null; event = reader.next()) {
      all.add(event);
    }
    return all;
  }

  private static List<ReadEvent> read(String json) throws IOException {
    return readAll(EventReader.of(json.getBytes(UTF_8)));
  }

  /** Represents events by their text and broken events by their code. */
  private static List<String> shown(List<ReadEvent> events) {
    return events.stream()
        .map(e -> e instanceof BrokenEvent b ? b.code().wireName() : e.toString())
        .toList();
  }

  private static BrokenEvent onlyBroken(byte[] json) throws IOException {
    List<ReadEvent> events = readAll(EventReader.of(json));
    assertThat(events).singleElement().isInstanceOf(BrokenEvent.class);
    return (BrokenEvent) events.get(0);
  }

  private static String with(String member) {
    return "{\"eventType\":\"a\",\"eventValue\":\"b\"," + member + "}";
  }

  @Test
  void assignsIdsByPositionIncludingBrokenEvents() throws IOException {
    String array = "[" + GOOD + ",7," + GOOD + "]";
    EventReader reader = EventReader.of(array.getBytes(UTF_8)).documentIds(i -> "key-" + i);
    reader.reuseEvents(true);

    assertThat(readAll(reader))
        .extracting(e -> e instanceof Event event ? event.documentId() : null)
        .containsExactly("key-0", null, "key-2");
  }

  @Test
  void readsAnObjectAnArrayAndLines() throws IOException {
    assertThat(shown(read(" " + GOOD + "\n"))).containsExactly(GOOD);
    assertThat(shown(read("[" + GOOD + " ,\n" + GOOD + "]"))).containsExactly(GOOD, GOOD);
    assertThat(shown(read(GOOD + "\r\n\n" + GOOD))).containsExactly(GOOD, GOOD);
    assertThat(read("[]")).isEmpty();
    assertThat(read("  ")).isEmpty();
    assertThat(shown(read("\uFEFF" + GOOD))).containsExactly(GOOD);
  }

  @Test
  void keepsTheBytesOfAnEvent() throws IOException {
    String event =
        "{ \"z\" : 1.00 , \"eventValue\":\"b\\u0062\", \"a\":[1e5,-0,{\"b\":null}],\n"
            + " \"eventType\":\"\\u0061\", \"é\":\"\\ud83d\\ude00 😀 \\/\" }";
    Event read = (Event) read(event).get(0);
    assertThat(read).hasToString(event);
    assertThat(read.eventType()).isEqualTo("a");
    assertThat(read.eventValue()).isEqualTo("bb");
    assertThat(new String(read.toJson(), UTF_8)).isEqualTo(event);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"x\":01", "\"x\":1.", "\"x\":.5", "\"x\":+1", "\"x\":-", "\"x\":1e", "\"x\":NaN",
        "\"x\":\"\t\"", "\"x\":\"\\x\"", "\"x\":\"\\u12g4\"", "\"x\":tru", "\"x\":", "\"x\"", "x:1",
        "'x':1", "\"x\":[1,]", "\"x\":{\"y\":1,}", "\"x\":[1 2]", "\"x\":1,", "\"x\":undefined",
      })
  void rejectsMalformedJson(String member) throws IOException {
    assertThat(onlyBroken(with(member).getBytes(UTF_8)).code()).isEqualTo(Rejection.MALFORMED_JSON);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"x\":0",
        "\"x\":-0.0",
        "\"x\":1E400",
        "\"x\":1e-7",
        "\"x\":123456789012345678901234567890",
        "\"x\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\":1",
        "\"x\":{}",
        "\"x\":[[],[{}]]",
      })
  void acceptsValidJson(String member) throws IOException {
    assertThat(shown(read(with(member)))).containsExactly(with(member));
  }

  @ParameterizedTest
  @CsvSource({
    "\\ud800, invalid_unicode",
    "\\udc00, invalid_unicode",
    "\\ud800x, invalid_unicode",
    "\\ud800\\u0041, invalid_unicode",
    "\\ud800\\ud800, invalid_unicode",
  })
  void rejectsAnUnpairedSurrogate(String text, String code) throws IOException {
    BrokenEvent broken = onlyBroken(with("\"x\":\"" + text + "\"").getBytes(UTF_8));
    assertThat(broken.code().wireName()).isEqualTo(code);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0080",
        "\u00C0\u00AF",
        "\u00C1\u0081",
        "\u00E0\u0080\u0080",
        "\u00ED\u00A0\u0080",
        "\u00F4\u0090\u0080\u0080",
        "\u00F5\u0080\u0080\u0080",
        "\u00E2\u0082",
        "\u00FF",
      })
  void rejectsInvalidUtf8(String bytes) throws IOException {
    byte[] json = with("\"x\":\"" + bytes + "\"").getBytes(ISO_8859_1);
    assertThat(onlyBroken(json).code()).isEqualTo(Rejection.INVALID_UNICODE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"x\":1,\"x\":2", "\"x\":1,\"\\u0078\":2", "\"eventType\":\"c\"",
        "\"event\\u0054ype\":\"c\"", "\"y\":{\"x\":1,\"x\":1}",
            "\"y\":[{\"x\":{\"é\":1,\"\\u00e9\":1}}]",
      })
  void rejectsDuplicateMembersAtAnyDepth(String members) throws IOException {
    assertThat(onlyBroken(with(members).getBytes(UTF_8)).code())
        .isEqualTo(Rejection.DUPLICATE_MEMBER);
  }

  @Test
  void acceptsTheSameNameInDifferentObjects() throws IOException {
    String event = with("\"y\":{\"x\":1,\"z\":{\"x\":1}},\"w\":[{\"x\":1},{\"x\":1}],\"x\":1");
    assertThat(shown(read(event))).containsExactly(event);
  }

  @Test
  void findsADuplicateAmongManyMembers() throws IOException {
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 50_000; i++) {
      many.append("\"m").append(i).append("\":1,");
    }
    assertThat(shown(read(with(many + "\"last\":1"))))
        .hasSize(1)
        .noneMatch(s -> s.equals("duplicate_member"));
    assertThat(onlyBroken(with(many + "\"m17\":1").getBytes(UTF_8)).code())
        .isEqualTo(Rejection.DUPLICATE_MEMBER);
  }

  @Test
  void accepts64LevelsAndRejects65() throws IOException {
    String levels63 = "\"x\":" + "[".repeat(63) + "]".repeat(63);
    String levels64 = "\"x\":" + "[".repeat(64) + "]".repeat(64);
    assertThat(shown(read(with(levels63)))).containsExactly(with(levels63));
    assertThat(onlyBroken(with(levels64).getBytes(UTF_8)).code()).isEqualTo(Rejection.TOO_DEEP);
  }

  @Test
  void acceptsTheMaximumSizeAndRejectsOneByteMore() throws IOException {
    String largest =
        with("\"x\":\"" + "y".repeat(EventReader.MAX_EVENT_BYTES - GOOD.length() - 7) + "\"");
    String larger = largest.replace("\"x\"", "\"xx\"");
    assertThat(largest).hasSize(EventReader.MAX_EVENT_BYTES);
    String array = "[" + largest + "," + larger + "," + GOOD + "]";
    for (EventReader reader :
        List.of(
            EventReader.of(array.getBytes(UTF_8)),
            EventReader.of(new ByteArrayInputStream(array.getBytes(UTF_8))))) {
      assertThat(shown(readAll(reader))).containsExactly(largest, "too_large", GOOD);
    }
    String lines = largest + "\n" + larger + "\n" + GOOD;
    assertThat(shown(readAll(EventReader.ofLines(new ByteArrayInputStream(lines.getBytes(UTF_8))))))
        .containsExactly(largest, "too_large", GOOD);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"eventValue\":\"b\"} | missing_member",
        "{\"eventType\":\"a\"} | missing_member",
        "{} | missing_member",
        "{\"eventType\":1,\"eventValue\":\"b\"} | not_a_string",
        "{\"eventType\":\"a\",\"eventValue\":null} | not_a_string",
        "{\"eventType\":{\"x\":[]},\"eventValue\":\"b\"} | not_a_string",
        "[1] | not_an_object",
        "[[]] | not_an_object",
        "[\"a,b\"] | not_an_object",
        "7 | not_an_object",
        "hello | malformed_json",
      })
  void rejectsInputThatIsNotAnEventWithTheReason(String json, String code) throws IOException {
    assertThat(shown(read(json))).containsExactly(code);
  }

  @Test
  void aBrokenEventHasItsPositionAndOffset() throws IOException {
    String json = "[" + GOOD + "," + "{\"eventType\":\"a\",\"eventValue\":?}," + GOOD + "]";
    BrokenEvent broken = (BrokenEvent) read(json).get(1);
    assertThat(broken.index()).isEqualTo(1);
    assertThat(broken.offset()).isEqualTo(json.indexOf('?'));
    assertThat(broken.reason()).contains("expected a value").contains("?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"eventType\":\"a\",\"eventValue\":}",
        "{\"eventType\":\"a\",\"eventValue\":\"b\"",
        "{\"eventType\":\"a\",\"eventValue\":\"b}",
        "{\"eventType\":\"a",
        "{",
        "}",
        "nonsense",
        "{\"eventType\":\"a\",\"eventValue\":\"b\",\"x\":[1,2}",
        "{\"eventType\":\"a\" \"eventValue\":\"b\"}",
        "{\"eventType\":\"a\",\"eventValue\":\"b\"}}",
        "17",
        "{\"eventType\":\"a\",\"eventType\":\"b\"}",
      })
  void aBrokenElementDoesNotAffectTheOthersWhereverItIs(String brokenOne) throws IOException {
    for (int place = 0; place < 4; place++) {
      List<String> elements = new ArrayList<>(List.of(GOOD, GOOD, GOOD));
      elements.add(place, brokenOne);
      List<ReadEvent> events = read("[" + String.join(",", elements) + "]");
      assertThat(shown(events).stream().filter(GOOD::equals).count())
          .as("place %d: %s", place, shown(events))
          .isGreaterThanOrEqualTo(3);
      assertThat(events).anyMatch(BrokenEvent.class::isInstance);
    }
  }

  @Test
  void aBrokenLineIsOneBrokenEvent() throws IOException {
    String lines = GOOD + "\n{\"eventType\":\"a\n" + GOOD + "\nnonsense\n" + GOOD;
    for (List<ReadEvent> events :
        List.of(read(lines), readAll(EventReader.ofLines(lines.getBytes(UTF_8))))) {
      assertThat(shown(events).stream().filter(GOOD::equals)).hasSize(3);
      assertThat(events).hasSize(5);
    }
  }

  @Test
  void aBrokenMultilineObjectIsOneBrokenEvent() throws IOException {
    assertThat(read("{\n  \"eventType\": \"a\",\n  \"eventValue\": ,\n  \"x\": 1\n}\n")).hasSize(1);
  }

  @Test
  void anArrayThatEndsEarlyKeepsTheEventsBeforeItsEnd() throws IOException {
    assertThat(shown(read("[" + GOOD + "," + GOOD.substring(0, 20))))
        .containsExactly(GOOD, "malformed_json");
    assertThat(shown(read("[" + GOOD))).containsExactly(GOOD, "malformed_json");
    assertThat(shown(read("[" + GOOD + ",]"))).hasSize(2).startsWith(GOOD);
    assertThat(shown(read("[" + GOOD + "] tail"))).containsExactly(GOOD, "malformed_json");
  }

  @Test
  void readsStreamsInPiecesOfAnySize() throws IOException {
    String json =
        "[" + GOOD + "," + with("\"x\":\"" + "é😀".repeat(40_000) + "\"") + ",{bad}," + GOOD + "]";
    List<String> expected = shown(read(json));
    for (int piece : new int[] {1_021, 65_536}) {
      assertThat(shown(readAll(EventReader.of(pieces(json, piece))))).isEqualTo(expected);
    }
    String small = "[" + GOOD + ",{bad}," + with("\"é\":\"😀\"") + "]";
    assertThat(shown(readAll(EventReader.of(pieces(small, 1))))).isEqualTo(shown(read(small)));
  }

  private static InputStream pieces(String json, int size) {
    return new ByteArrayInputStream(json.getBytes(UTF_8)) {
      @Override
      public synchronized int read(byte[] into, int offset, int length) {
        return super.read(into, offset, Math.min(size, length));
      }
    };
  }

  @Test
  void eventsAreUnchangedWhileTheStreamContinues() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      lines.append("{\"eventType\":\"a\",\"eventValue\":\"").append(i).append("\"}\n");
    }
    List<ReadEvent> events =
        readAll(EventReader.ofLines(new ByteArrayInputStream(lines.toString().getBytes(UTF_8))));
    assertThat(events).hasSize(20_000);
    for (int i = 0; i < events.size(); i++) {
      assertThat(((Event) events.get(i)).eventValue()).isEqualTo(String.valueOf(i));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":[0,",
        "{",
        "[",
        "\"",
        ",",
        "{,",
        ",{\"a\":",
        "[{",
        "{\"a\":\"b\",",
        "]",
        "}"
      })
  void readsHostileRepetitionQuickly(String unit) throws IOException {
    String hostile = "[" + unit.repeat((4 << 20) / unit.length());
    assertThat(readAll(EventReader.of(hostile.getBytes(UTF_8)))).isNotEmpty();
    assertThat(readAll(EventReader.of((hostile + GOOD + "]").getBytes(UTF_8)))).isNotEmpty();
  }

  @Test
  void moreEventsThanAllowedAreAnError() throws IOException {
    EventReader reader = EventReader.of(("[" + GOOD + "," + GOOD + "]").getBytes(UTF_8));
    reader.maxEvents(1);
    assertThat(reader.next()).isInstanceOf(Event.class);
    assertThatThrownBy(reader::next)
        .isInstanceOf(TooManyEventsException.class)
        .hasMessageContaining("more than 1");
  }
}

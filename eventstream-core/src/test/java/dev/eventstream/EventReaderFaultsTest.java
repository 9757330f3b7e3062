package dev.eventstream;

import static dev.eventstream.spi.Rejection.DUPLICATE_MEMBER;
import static dev.eventstream.spi.Rejection.INVALID_UNICODE;
import static dev.eventstream.spi.Rejection.MALFORMED_JSON;
import static dev.eventstream.spi.Rejection.MISSING_MEMBER;
import static dev.eventstream.spi.Rejection.NAME_TOO_LONG;
import static dev.eventstream.spi.Rejection.NOT_AN_OBJECT;
import static dev.eventstream.spi.Rejection.NOT_A_STRING;
import static dev.eventstream.spi.Rejection.TOO_DEEP;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.eventstream.spi.Rejection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each fault with its code and position. In the inputs, {@code ^} marks the expected position of
 * the fault, and each character is one byte.
 */
final class EventReaderFaultsTest {
  private static final String OK = Reading.OK;

  /** An event with one additional member. */
  private static String with(String member) {
    return "{\"eventType\":\"a\",\"eventValue\":\"b\"," + member + "}";
  }

  private static String value(String value) {
    return with("\"x\":" + value);
  }

  static Stream<Arguments> faults() {
    List<Arguments> faults = new ArrayList<>();
    for (String number :
        List.of("0^1", "-0^1", "1.^", "^.5", "^+1", "-^", "1e^", "1E+^", "0^x", "1^_0", "1.^e3")) {
      faults.add(arguments(MALFORMED_JSON, value(number)));
    }
    for (String word :
        List.of(
            "^NaN",
            "-^Infinity",
            "^Infinity",
            "^tru",
            "^nul",
            "^falsE",
            "^TRUE",
            "true^r",
            "^x",
            "^'b'",
            "^undefined",
            "^",
            "^,",
            "^:1",
            "^/*c*/1",
            "1 ^//c")) {
      faults.add(arguments(MALFORMED_JSON, value(word)));
    }
    for (String string :
        List.of(
            "^\\x",
            "^\\a",
            "^\\0",
            "^\\'",
            "\\u^",
            "^\\U0041",
            "a\\u^G000",
            "a\\u12^g4",
            "a\\u123^-",
            "\\u^-001",
            "a^\u0000b",
            "a^\nb",
            "a^\tb",
            "a^\rb",
            "^\u001f")) {
      faults.add(arguments(MALFORMED_JSON, value("\"" + string + "\"")));
    }
    for (String structure :
        List.of(
            "^,\"x\":1",
            "\"x\":1,^",
            "\"x\":1^:2",
            "\"x\" ^1",
            "\"x\"^,1",
            "\"x\":1 ^\"y\":2",
            "^x:1",
            "^'x':1",
            "^1:1",
            "^null:1",
            "\"x\":[1,^]",
            "\"x\":[^,1]",
            "\"x\":[1 ^2]",
            "\"x\":[1^}",
            "\"x\":{\"y\":1^]",
            "\"x\":{\"y\":1,^}",
            "\"x\":{\"y\"^}",
            "\"x\":1^;",
            "\"x\":^\u00c3\u00a9",
            "^\f\"x\":1",
            "\"x\":^\u00a01",
            "\"x\":1^\u0000")) {
      faults.add(arguments(MALFORMED_JSON, with(structure)));
    }
    faults.add(arguments(MALFORMED_JSON, "{^,}"));
    faults.add(arguments(MALFORMED_JSON, "{^1}"));
    faults.add(arguments(MALFORMED_JSON, "{\"eventType\"^}"));
    faults.add(arguments(MALFORMED_JSON, "{\"eventType\":^}"));
    faults.add(arguments(MALFORMED_JSON, "{\"eventType\":[^}"));
    for (String bytes :
        List.of(
            "^\u0080",
            "^\u00bf",
            "^\u00c0\u00af",
            "^\u00c1\u0081",
            "\u00c3^",
            "\u00c3^\u00c3",
            "\u00e0^\u0080\u0080",
            "\u00e0^\u009f\u00bf",
            "\u00e2\u0082^",
            "\u00ed^\u00a0\u0080",
            "\u00ed^\u00bf\u00bf",
            "\u00f0^\u0080\u0080\u0080",
            "\u00f0^\u008f\u00bf\u00bf",
            "\u00f0\u009f^x",
            "\u00f0\u009f\u0098^x",
            "\u00f4^\u0090\u0080\u0080",
            "^\u00f5\u0080\u0080\u0080",
            "^\u00fe",
            "^\u00ff")) {
      faults.add(arguments(INVALID_UNICODE, value("\"" + bytes + "\"")));
      faults.add(arguments(INVALID_UNICODE, with("\"" + bytes + "\":1")));
      faults.add(arguments(INVALID_UNICODE, "{\"eventType\":\"a" + bytes + "\"}"));
    }
    for (String half :
        List.of(
            "^\\ud800",
            "^\\udbff x",
            "^\\udc00",
            "^\\uDFFF",
            "^\\ud800\\n",
            "^\\ud800\\u0041",
            "^\\ud83d\\ud83d\\ude00",
            "^\\ude00\\ud83d",
            "\\ud83d\\ude00^\\ude00",
            "^\\ud83d\u00ef\u00bf\u00bf")) {
      faults.add(arguments(INVALID_UNICODE, value("\"" + half + "\"")));
      faults.add(arguments(INVALID_UNICODE, with("\"" + half + "\":1")));
    }
    for (String twice :
        List.of(
            "\"x\":1,\"^x\":1",
            "\"x\":1,\"y\":2,\"^x\":{}",
            "\"^eventType\":\"c\"",
            "\"^event\\u0054ype\":\"c\"",
            "\"\":1,\"^\":1",
            "\"a\":1,\"^\\u0061\":2",
            "\"\\u0061\":1,\"^a\":2",
            "\"\\u0061\":1,\"^\\u0061\":2",
            "\"\\/\":1,\"^/\":2",
            "\"\u00c3\u00a9\":1,\"^\\u00e9\":2",
            "\"\u00f0\u009f\u0098\u0080\":1,\"^\\ud83d\\ude00\":2",
            "\"y\":{\"x\":1,\"^x\":1}",
            "\"y\":[{\"z\":{\"x\":1,\"^\\u0078\":1}}]",
            "\"y\":{\"z\":{\"x\":1},\"x\":1,\"^x\":2}",
            "\"x\":1,\"y\":{\"x\":1},\"^x\":2")) {
      faults.add(arguments(DUPLICATE_MEMBER, with(twice)));
    }
    faults.add(arguments(TOO_DEEP, value("[".repeat(63) + "^[" + "]".repeat(64))));
    faults.add(arguments(TOO_DEEP, value("{\"y\":".repeat(63) + "^{" + "}".repeat(64))));
    faults.add(arguments(TOO_DEEP, value("[{\"y\":".repeat(31) + "[^{}" + "]" + "}]".repeat(31))));
    faults.add(arguments(TOO_DEEP, with("\"^" + "a.".repeat(64) + "\":1")));
    faults.add(arguments(TOO_DEEP, with("\"^" + "a\\u002E".repeat(64) + "\":1")));
    faults.add(arguments(TOO_DEEP, with("\"" + ".a".repeat(62) + "\":{\"b\":^[{}]}")));
    faults.add(arguments(TOO_DEEP, value("[{\"y.y\":".repeat(21) + "^[{" + "}]".repeat(22))));
    faults.add(arguments(NAME_TOO_LONG, with("\"^" + "n".repeat(513) + "\":1")));
    faults.add(arguments(NAME_TOO_LONG, value("[{\"^" + "\\u00e9".repeat(257) + "\":1}]")));
    faults.add(arguments(MISSING_MEMBER, "^{}"));
    faults.add(arguments(MISSING_MEMBER, "^{ }"));
    faults.add(arguments(MISSING_MEMBER, "^{\"eventType\":\"a\"}"));
    faults.add(arguments(MISSING_MEMBER, "^{\"eventValue\":\"a\"}"));
    faults.add(arguments(MISSING_MEMBER, "^{\"eventtype\":\"a\",\"eventValue\":\"b\"}"));
    faults.add(arguments(MISSING_MEMBER, "^{\"event\":" + OK + "}"));
    for (String noString :
        List.of("1", "null", "true", "{}", "[]", "[\"a\"]", "{\"eventType\":\"a\"}")) {
      faults.add(arguments(NOT_A_STRING, "{\"eventType\":^" + noString + ",\"eventValue\":\"b\"}"));
      faults.add(
          arguments(NOT_A_STRING, "{\"eventValue\": ^" + noString + ",\"eventType\":\"b\"}"));
    }
    for (String notAnObject :
        List.of("1", "-1.5", "null", "true", "\"text\"", "[]", "[" + OK + "]")) {
      faults.add(arguments(NOT_AN_OBJECT, "^" + notAnObject));
    }
    return faults.stream();
  }

  @ParameterizedTest
  @MethodSource("faults")
  void reportsEachFaultAtItsPositionAndReadsTheOtherEvents(Rejection code, String marked)
      throws IOException {
    int place = marked.indexOf('^');
    String json = marked.replace("^", "");
    String array = "[" + OK + "," + json + "," + Reading.LAST + "]";
    byte[] bytes = array.getBytes(ISO_8859_1);

    for (EventReader reader :
        List.of(EventReader.of(bytes), EventReader.of(Reading.byteByByte(bytes)))) {
      List<Object> all = Reading.all(reader);

      assertThat(all).hasSize(3).startsWith(OK).endsWith(Reading.LAST);
      assertThat(Reading.broken(all))
          .extracting(BrokenEvent::code, BrokenEvent::index, BrokenEvent::offset)
          .containsExactly(tuple(code, 1, 1L + OK.length() + 1 + place));
    }
  }

  @ParameterizedTest
  @MethodSource("faults")
  void reportsEachFaultOfALineAndReadsTheOtherLines(Rejection code, String marked)
      throws IOException {
    if (marked.contains("\n")) {
      return; // needs two lines
    }
    int place = marked.indexOf('^');
    String json = marked.replace("^", "");
    byte[] bytes = (OK + "\n" + json + "\n" + Reading.LAST).getBytes(ISO_8859_1);
    boolean carriageReturnAlone = marked.contains("\r");

    List<Object> all = Reading.all(EventReader.ofLines(bytes));

    assertThat(all).hasSize(3).startsWith(OK).endsWith(Reading.LAST);
    assertThat(Reading.broken(all))
        .extracting(BrokenEvent::code, BrokenEvent::index, BrokenEvent::offset)
        .containsExactly(tuple(code, 1, OK.length() + 1L + place));
    if (!carriageReturnAlone && json.startsWith("{")) {
      assertThat(Reading.all(EventReader.of(bytes))).isEqualTo(all);
    }
  }

  @ParameterizedTest
  @MethodSource("faults")
  void parsingASingleEventReportsTheSameFault(Rejection code, String marked) {
    byte[] bytes = marked.replace("^", "").getBytes(ISO_8859_1);

    assertThatThrownBy(() -> Event.parse(bytes))
        .isInstanceOfSatisfying(
            InvalidEventException.class,
            e -> {
              assertThat(e.code()).isEqualTo(code);
              assertThat(e.reason()).isNotBlank().doesNotContain("\n");
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-0",
        "0.0",
        "-0.50",
        "1E400",
        "1e-400",
        "1e+5",
        "123456789012345678901234567890.123456789",
        "true",
        "false",
        "null",
        "\"\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uFFFF\\ud83d\\uDE00\"",
        "\"\u007f\u0080\u00e9\u2028\ufeff\uffff\ud83d\ude00\udbff\udfff\"",
        "[]",
        "{}",
        "[ ]",
        "{ }",
        "[[],{},[{}]]",
        "{\"x\":{\"x\":{\"x\":1}},\"y\":[{\"x\":1},{\"x\":1}]}",
        "{\"X\":1,\"x\":2,\"x \":3,\"\":4}",
        "\t[\n1\r,\n 2 ] "
      })
  void acceptsAnyValidJson(String value) throws Exception {
    String event = value(value);

    assertThat(Event.parse(event)).hasToString(event);
    assertThat(Reading.all("[" + event + "]"))
        .containsExactly(new String(Reading.utf8(event), ISO_8859_1));
  }

  @Test
  void acceptsNumbersOfAnyLength() throws Exception {
    String event = value("-" + "9".repeat(100_000) + "." + "9".repeat(100_000) + "e-99999999999");

    assertThat(Event.parse(event)).hasToString(event);
  }

  @Test
  void accepts64LevelsOfObjectsOrArrays() throws Exception {
    String arrays = value("[".repeat(63) + "]".repeat(63));
    String objects = value("{\"y\":".repeat(63) + "1" + "}".repeat(63));

    assertThat(Event.parse(arrays)).hasToString(arrays);
    assertThat(Event.parse(objects)).hasToString(objects);
  }

  @Test
  void acceptsDottedNamesUpTo64LevelsAndNamesUpTo512Bytes() throws Exception {
    for (String event :
        List.of(
            with("\"" + "a.".repeat(63) + "\":1"),
            with("\"" + "a.".repeat(62) + "\":{\"b\":1}"),
            with("\"a.b\":1," + "\"" + "a\\u002e".repeat(63) + "\":1"),
            with("\"" + "n".repeat(512) + "\":1"),
            with("\"" + "\\u00e9".repeat(256) + "\":1"))) {
      assertThat(Event.parse(event)).hasToString(event);
    }
  }

  /**
   * Up to 32 names are compared in pairs, more by sorting; no duplicate may be missed at the
   * boundary.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 30, 31, 32, 33, 34, 35, 64, 100, 1_000})
  void findsADuplicateAmongAnyNumberOfNames(int names) {
    for (int first : new int[] {0, names / 2, names - 1}) {
      for (String spelling : List.of("m" + first, "\\u006d" + first)) {
        String members =
            String.join(
                ",", IntStream.range(0, names).mapToObj(i -> "\"m" + i + "\":" + i).toList());
        String nested = value("{" + members + ",\"" + spelling + "\":0}");
        String top = with(members + ",\"" + spelling + "\":0");

        assertThat(codeOf(nested)).isEqualTo(DUPLICATE_MEMBER);
        assertThat(codeOf(top)).isEqualTo(DUPLICATE_MEMBER);
        assertThat(codeOf(value("{" + members + "}"))).isNull();
        assertThat(codeOf(with(members))).isNull();
      }
    }
  }

  @Test
  void acceptsAnInnerObjectWithMoreNamesThanAreComparedInPairs() {
    String many =
        String.join(",", IntStream.range(0, 100).mapToObj(i -> "\"m" + i + "\":" + i).toList());

    assertThat(codeOf(with("\"n\":{" + many + "}," + many))).isNull();
    assertThat(codeOf(with("\"n\":[{" + many + "},{" + many + "}]," + many))).isNull();
    assertThat(codeOf(with("\"n\":{" + many + "}," + many + ",\"n\":1")))
        .isEqualTo(DUPLICATE_MEMBER);
  }

  @Test
  void checksAHundredThousandNamesQuickly() {
    StringBuilder sameHash = new StringBuilder();
    StringBuilder common = new StringBuilder();
    for (int i = 0; i < 65_536; i++) {
      for (int bit = 0; bit < 16; bit++) {
        sameHash.append(bit == 0 ? "\"" : "").append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      sameHash.append("\":1,");
    }
    for (int i = 0; i < 100_000; i++) {
      common.append('"').append(i).append("\":1,");
    }
    String colliding = sameHash.substring(0, 1_000_000);
    String collidingMembers = colliding.substring(0, colliding.lastIndexOf(','));

    assertTimeout(
        Duration.ofSeconds(5),
        () -> {
          assertThat(codeOf(with(collidingMembers))).isNull();
          assertThat(codeOf(with(common + "\"y\":1"))).isNull();
          assertThat(codeOf(with(common + "\"77777\":1"))).isEqualTo(DUPLICATE_MEMBER);
        });
  }

  static Stream<Arguments> arrays() {
    return Stream.of(
        arguments("[", "malformed_json@1"),
        arguments("[ ", "malformed_json@2"),
        arguments("[" + OK, "event, malformed_json@" + (1 + OK.length())),
        arguments("[" + OK + ",", "event, malformed_json@" + (2 + OK.length())),
        arguments("[" + OK + ",]", "event, malformed_json@" + (2 + OK.length())),
        arguments("[,]", "malformed_json@1, malformed_json@2"),
        arguments("[," + OK + "]", "malformed_json@1, event"),
        arguments(
            "[" + OK + ",," + OK + "]", "event, malformed_json@" + (2 + OK.length()) + ", event"),
        arguments("[]x", "malformed_json@2"),
        arguments("[]]", "malformed_json@2"),
        arguments("[" + OK + "]" + OK, "event, malformed_json@" + (2 + OK.length())),
        arguments("[" + OK + "][" + OK + "]", "event, malformed_json@" + (2 + OK.length())),
        arguments("[" + OK + " " + OK + "]", "event, malformed_json@" + (2 + OK.length())),
        arguments(
            "[1,\"a,b]\",null,[{\"x\":[]},2]," + OK + "]",
            "not_an_object@1, not_an_object@3, not_an_object@10, not_an_object@15, event"),
        arguments(
            "[" + OK + "," + OK.substring(0, 20), "event, malformed_json@" + (22 + OK.length())),
        arguments("null", "not_an_object@0"),
        arguments("\"" + OK + "\"", "not_an_object@0"),
        arguments("]", "malformed_json@0"),
        arguments(OK + "x", "event, malformed_json@" + OK.length()));
  }

  @ParameterizedTest
  @MethodSource("arrays")
  void reportsFaultsBetweenEventsAtTheirPosition(String json, String expected) throws IOException {
    assertThat(shown(Reading.all(json))).isEqualTo(expected);
    assertThat(shown(Reading.all(EventReader.of(Reading.byteByByte(Reading.utf8(json))))))
        .isEqualTo(expected);
  }

  private static String shown(List<Object> all) {
    return String.join(
        ", ",
        all.stream()
            .map(e -> e instanceof BrokenEvent b ? b.code().wireName() + "@" + b.offset() : "event")
            .toList());
  }

  private static @Nullable Rejection codeOf(String event) {
    try {
      Event.parse(event);
      return null;
    } catch (InvalidEventException e) {
      return e.code();
    }
  }
}

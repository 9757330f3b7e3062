package dev.eventstream;

import static dev.eventstream.Reading.FIRST;
import static dev.eventstream.Reading.LAST;
import static dev.eventstream.Reading.OK;
import static dev.eventstream.Reading.all;
import static dev.eventstream.Reading.byteByByte;
import static dev.eventstream.Reading.inChunks;
import static dev.eventstream.Reading.inRandomChunks;
import static dev.eventstream.Reading.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.spi.Rejection;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The forms of input: one object, an array, lines; bytes, parts of arrays, streams. */
final class EventReaderInputTest {
  private static final int MAX = EventReader.MAX_EVENT_BYTES;

  private static BrokenEvent startsWith(int c, int index, long offset) {
    InvalidEventException fault = InputFormat.noEvent((byte) c);
    return new BrokenEvent(index, fault.code(), fault.reason(), offset);
  }

  @Test
  void readsSeveralObjectsOnOneLine() throws IOException {
    assertThat(all(FIRST + OK + " " + LAST)).containsExactly(FIRST, OK, LAST);
  }

  @Test
  void readsASequenceOfObjectsOnSeveralLines() throws IOException {
    String pretty = "{\n  \"eventType\": \"a\",\n  \"eventValue\": \"b\"\n}";

    assertThat(all(pretty + "\n" + pretty + "\n")).containsExactly(pretty, pretty);
  }

  @Test
  void skipsBlankLinesAndCarriageReturnsBetweenLines() throws IOException {
    byte[] lines = utf8("\n" + FIRST + " \r\n\n \t\n" + OK + "\n" + LAST);

    assertThat(all(EventReader.ofLines(lines))).containsExactly(FIRST, OK, LAST);
  }

  @Test
  void rejectsASecondEventOnALineInLineMode() throws IOException {
    byte[] lines = utf8(FIRST + OK + "\n" + LAST + "\n");

    assertThat(all(EventReader.ofLines(lines)))
        .containsExactly(
            new BrokenEvent(
                0,
                Rejection.MALFORMED_JSON,
                "expected nothing after the event but found \"{\"",
                FIRST.length()),
            LAST);
  }

  @Test
  void rejectsAnArrayInLineMode() throws IOException {
    assertThat(all(EventReader.ofLines(utf8("[" + FIRST + "]\n" + LAST))))
        .containsExactly(startsWith('[', 0, 0), LAST);
  }

  @Test
  void rejectsAnObjectOnTwoLinesInLineMode() throws IOException {
    List<Object> all = all(EventReader.ofLines(utf8("{\"eventType\":\"a\",\n" + LAST)));

    assertThat(Reading.broken(all))
        .extracting(BrokenEvent::code)
        .containsExactly(Rejection.MALFORMED_JSON);
    assertThat(Reading.events(all)).containsExactly(LAST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\r\n\t ", "[]", " [ ]\n", "\uFEFF", "\uFEFF[]", "\uFEFF \n"})
  void findsNothingInEmptyInput(String json) throws IOException {
    assertThat(all(json)).isEmpty();
    assertThat(all(EventReader.of(byteByByte(utf8(json))))).isEmpty();
  }

  @Test
  void skipsAByteOrderMarkAtTheStartAndCountsItInOffsets() throws IOException {
    assertThat(all("\uFEFF[" + OK + "]")).containsExactly(OK);
    assertThat(all(EventReader.ofLines(utf8("\uFEFF" + OK + "\n" + LAST))))
        .containsExactly(OK, LAST);
    assertThat(all("\uFEFF7")).containsExactly(startsWith('7', 0, 3));
  }

  @Test
  void rejectsAByteOrderMarkElsewhere() throws IOException {
    assertThat(all("[\uFEFF" + OK + "," + LAST + "]"))
        .containsExactly(startsWith(0xEF, 0, 1), LAST);
  }

  @Test
  void reportsWhetherTheInputIsAnArray() throws IOException {
    EventReader array = EventReader.of(utf8(" [" + OK + "]"));
    EventReader object = EventReader.of(utf8(OK));
    array.next();
    object.next();

    assertThat(array.isArray()).isTrue();
    assertThat(object.isArray()).isFalse();
  }

  @Test
  void countsEventsIncludingBrokenOnes() throws IOException {
    EventReader reader = EventReader.of(utf8("[" + OK + ",7," + OK + "]"));

    assertThat(reader.count()).isZero();
    all(reader);
    assertThat(reader.count()).isEqualTo(3);
  }

  @Test
  void readsOnlyTheGivenPartOfAnArray() throws IOException {
    byte[] bytes = utf8("{" + OK + "}");

    assertThat(all(EventReader.of(bytes, 1, 1 + OK.length()))).containsExactly(OK);
    assertThat(all(EventReader.ofLines(bytes, 1, 1 + OK.length()))).containsExactly(OK);
    assertThat(all(EventReader.of(bytes, 1, OK.length())))
        .singleElement()
        .isInstanceOf(BrokenEvent.class);
  }

  @Test
  void countsOffsetsFromTheStartOfThePart() throws IOException {
    byte[] bytes = utf8("... 7...");

    assertThat(all(EventReader.of(bytes, 3, 5))).containsExactly(startsWith('7', 0, 1));
    assertThat(all(EventReader.ofLines(bytes, 3, 5))).containsExactly(startsWith('7', 0, 1));
  }

  @Test
  void rejectsAPartOutsideTheArray() {
    assertThatThrownBy(() -> EventReader.of(new byte[3], 1, 4))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> EventReader.ofLines(new byte[3], -1, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void brokenEventsCountTowardsTheLimit() throws IOException {
    String three = "[" + OK + ",7," + OK + "]";

    assertThat(all(EventReader.of(utf8(three)).maxEvents(3))).hasSize(3);
    assertThatThrownBy(() -> all(EventReader.of(utf8(three)).maxEvents(2)))
        .isInstanceOf(TooManyEventsException.class)
        .hasMessage("more than 2 events in one request; send them in several");
    assertThatThrownBy(() -> EventReader.of(new byte[0]).maxEvents(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxEvents is 0; it must be at least 1");
  }

  @Test
  void propagatesExceptionsOfTheStream() throws IOException {
    InputStream failing = InputStream.nullInputStream();
    failing.close();

    assertThatThrownBy(() -> EventReader.of(failing).next())
        .isInstanceOf(IOException.class)
        .hasMessage("Stream closed");
  }

  @Test
  void returnsAnEventBeforeTheStreamContinues() throws IOException {
    byte[] event = utf8(Reading.eventOfSize(1_000));
    InputStream stalling =
        new InputStream() {
          private int position;

          @Override
          public int read() {
            throw new AssertionError("not used");
          }

          @Override
          public int read(byte[] into, int offset, int length) {
            if (position == event.length) {
              throw new AssertionError("reads on although the event is complete");
            }
            into[offset] = event[position++];
            return 1;
          }
        };

    assertThat(EventReader.of(stalling).next()).hasToString(Reading.eventOfSize(1_000));
  }

  @Test
  void readsALargeEventByteByByteInLinearTime() throws IOException {
    String large = Reading.eventOfSize(MAX);

    assertThat(all(EventReader.of(byteByByte(utf8(large))))).containsExactly(large);
  }

  static Stream<String> inputs() {
    String pretty =
        "{\n  \"eventType\": \"a\",\n  \"eventValue\": \"b\",\n  \"n\": [\n {}\n ]\n}\n";
    String large = Reading.eventOfSize(MAX);
    String tooLarge = Reading.eventOfSize(MAX + 1);
    String muchTooLarge = Reading.eventOfSize(3 * MAX);
    return Stream.of(
        "[",
        "[]x",
        OK + " " + OK + "\n" + OK,
        "[" + OK + ",]",
        "[" + OK + "," + FIRST,
        "[" + OK + ",{\"eventType\":\"\u00e9\ud83d\ude00",
        "[1,null,\"x\",[{}]," + OK + "]",
        "[{\"a\":}," + OK + "]",
        "[{\"a\":1," + OK + "," + OK + "]",
        "[{\"eventType\":\"a,\"eventValue\":\"b\"}," + OK + "," + LAST + "]",
        "[" + OK + "}," + LAST + "]",
        "[{\"a\":[1," + OK + "," + LAST + "]",
        pretty + pretty,
        pretty.replace("\"b\"", "b") + pretty,
        pretty.replace("{}", "{").repeat(2),
        "{\n\n\"a\":tru}\n",
        "{\"a\":tru}\ngarbage\n" + OK + "\n{\"a\":\n" + OK + "\n\n",
        "{\"a\":1,\"a\":2}\n" + OK + "x\n" + OK,
        "garbage\nmore\n" + OK + "\n",
        "[" + large + "," + OK + "," + tooLarge + "," + LAST + "]",
        tooLarge + "\n" + large + "\r\n" + tooLarge + "x\n" + OK,
        "[" + muchTooLarge.replace("}", "\"") + "," + OK + "]",
        "[" + muchTooLarge.replace("xx\"}", "x\\x\"}") + "," + LAST + "]",
        "[" + tooLarge.replace("\"pad\"", "pad") + "," + LAST + "]");
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void readsStreamsLikeBytes(String json) throws IOException {
    byte[] bytes = utf8(json);
    List<Object> expected = all(EventReader.of(bytes));
    List<Object> expectedLines = all(EventReader.ofLines(bytes));

    assertThat(all(EventReader.of(new ByteArrayInputStream(bytes)))).isEqualTo(expected);
    assertThat(all(EventReader.of(byteByByte(bytes)))).isEqualTo(expected);
    assertThat(all(EventReader.ofLines(byteByByte(bytes)))).isEqualTo(expectedLines);
    for (int seed = 0; seed < 5; seed++) {
      assertThat(all(EventReader.of(inRandomChunks(bytes, seed)))).isEqualTo(expected);
      assertThat(all(EventReader.ofLines(inRandomChunks(bytes, seed)))).isEqualTo(expectedLines);
    }
  }

  @Test
  void countsOffsetsFromTheStartOfTheStream() throws IOException {
    String head = "[" + (OK + ",").repeat(100_000);
    byte[] bytes = utf8(head + "7," + OK + "]");
    List<Object> all = all(EventReader.of(new ByteArrayInputStream(bytes)));

    assertThat(all).hasSize(100_002);
    assertThat(all.get(100_000)).isEqualTo(startsWith('7', 100_000, head.length()));
  }

  @Test
  void acceptsALineWithTheLargestEventAndACarriageReturn() throws IOException {
    String large = Reading.eventOfSize(MAX);
    byte[] lines = utf8(large + "\r\n" + large + "\r\n");

    assertThat(all(EventReader.ofLines(lines))).containsExactly(large, large);
  }

  @Test
  void rejectsAnEventThatIsOneByteTooLargeAndReadsTheNext() throws IOException {
    String tooLarge = Reading.eventOfSize(MAX + 1);
    String reason = "the event is larger than 1048576 bytes";

    assertThat(all("[" + tooLarge + "," + LAST + "]"))
        .containsExactly(new BrokenEvent(0, Rejection.TOO_LARGE, reason, 1), LAST);
    assertThat(all(EventReader.ofLines(utf8(tooLarge + "\n" + LAST))))
        .containsExactly(new BrokenEvent(0, Rejection.TOO_LARGE, reason, 0), LAST);
    assertThat(all(tooLarge + LAST))
        .containsExactly(new BrokenEvent(0, Rejection.TOO_LARGE, reason, 0), LAST);
    assertThatThrownBy(() -> Event.parse(tooLarge))
        .isInstanceOfSatisfying(
            InvalidEventException.class, e -> assertThat(e.code()).isEqualTo(Rejection.TOO_LARGE));
  }

  @Test
  void readsTheEventAfterOneOfManyTimesTheMaximumSize() throws IOException {
    String huge = Reading.eventOfSize(5 * MAX);

    assertThat(Reading.events("[" + huge + "," + LAST + "]")).containsExactly(LAST);
    assertThat(Reading.events(all(EventReader.ofLines(utf8(huge + "\n" + LAST)))))
        .containsExactly(LAST);
  }

  /** "1" alone would be a number but not text; "1x" is not JSON. */
  @Test
  void validatesANumberThatIsSplitBetweenChunks() throws IOException {
    byte[] json = utf8("{\"eventType\":\"a\",\"eventValue\":1ex}");

    for (int cut = 1; cut < json.length; cut++) {
      Iterator<Integer> sizes = List.of(cut, json.length).iterator();
      assertThat(all(EventReader.of(inChunks(json, sizes::next))))
          .as("cut at %d", cut)
          .isEqualTo(all(EventReader.of(json)));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [OK,]      | 36 | MALFORMED_JSON | remove the comma before it
          [,OK]      | 1  | MALFORMED_JSON | found a comma: remove it
          [OK,,OK]   | 36 | MALFORMED_JSON | found a comma: remove it
          [OK OK]    | 36 | MALFORMED_JSON | after the event but found "{"
          [OK]x      | 36 | MALFORMED_JSON | nothing after the array but found "x"
          [OK],OK    | 36 | MALFORMED_JSON | nothing after the array but found ","
          OK,OK      | 34 | MALFORMED_JSON | found a comma: remove it
          OK]        | 34 | MALFORMED_JSON | found "]"
          OK xyz     | 35 | MALFORMED_JSON | which begins with "{", but found "x"
          {"a":1,}   | 7  | MALFORMED_JSON | a comma before "}": remove it
          {"a":[1,]} | 8  | MALFORMED_JSON | expected a value but found "]"
          17         | 0  | NOT_AN_OBJECT  | looks like a number
          "text"     | 0  | NOT_AN_OBJECT  | looks like a string
          [[OK]]     | 1  | NOT_AN_OBJECT  | looks like an array
          [null,OK]  | 1  | NOT_AN_OBJECT  | looks like null
          """)
  void reportsWhatWasFoundAndWhere(String input, long offset, Rejection code, String words)
      throws IOException {
    List<BrokenEvent> broken = Reading.broken(all(input.replace("OK", OK)));
    assertThat(broken).isNotEmpty();
    assertThat(broken.get(0).code()).isEqualTo(code);
    assertThat(broken.get(0).offset()).isEqualTo(offset);
    assertThat(broken.get(0).reason()).contains(words);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1f8b0800", "28b52ffd00", "789c", "78da", "7801"})
  void recognisesCompressedInput(String hex) throws Exception {
    byte[] input = Arrays.copyOf(HexFormat.of().parseHex(hex), 100);
    assertUnreadable(input, Rejection.MALFORMED_JSON, "unpack it", "Content-Encoding: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "x-UTF-16LE-BOM", "UTF-32LE", "UTF-32BE"})
  void recognisesInputThatIsNotUtf8(String charset) throws Exception {
    for (String input : List.of(OK, "[" + OK + "]", " " + OK)) {
      assertUnreadable(
          input.getBytes(charset), Rejection.INVALID_UNICODE, "UTF-16", "send it as UTF-8");
    }
  }

  private static void assertUnreadable(byte[] input, Rejection code, String... words)
      throws IOException {
    BrokenEvent broken = EventReader.unreadable(input, 0, input.length);
    assertThat(broken).isNotNull();
    assertThat(broken.code()).isEqualTo(code);
    assertThat(broken.reason()).contains(words);
    assertThat(broken.offset()).isZero();
    assertThat(all(EventReader.of(input))).containsExactly(broken);
    assertThat(all(EventReader.ofLines(input))).containsExactly(broken);
    assertThat(all(EventReader.of(byteByByte(input)))).containsExactly(broken);
    assertThatThrownBy(() -> Event.parse(input)).hasMessage(broken.reason());
  }

  @Test
  void doesNotMistakeEventsForUnreadableInput() {
    for (String input :
        List.of("", "x", OK, "[" + OK + "]", "\n\n" + OK, "\uFEFF" + OK, "xyz", "{\0")) {
      byte[] bytes = utf8(input);
      assertThat(EventReader.unreadable(bytes, 0, bytes.length)).isNull();
    }
  }
}

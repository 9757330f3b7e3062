package dev.eventstream;

import static dev.eventstream.Jackson.Member.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.eventstream.Jackson.Member;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatchBuilder;
import dev.eventstream.spi.Rejection;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Arbitrary bytes, compared with Jackson. Every test run replays the inputs in {@code
 * EventReaderFuzzTestInputs}; {@code ./test --fuzz SECONDS} runs a fuzzer that searches for new
 * ones.
 */
final class EventReaderFuzzTest {
  private static final Instant NOW = Instant.parse("2026-01-31T08:15:30.007Z");
  private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
  private static final int LONGEST = 1 << 16; // far below every limit of the reader

  private DefaultEventTransformer transformer = transformer();

  private static DefaultEventTransformer transformer() {
    return DefaultEventTransformer.builder()
        .clock(Clock.fixed(NOW, ZoneOffset.UTC))
        .idResolver((type, value) -> id(value))
        .build();
  }

  private static @Nullable String id(String value) {
    return value.hashCode() % 2 == 0 ? null : value;
  }

  @DictionaryEntries({
    "\"eventType\":\"a\"",
    "\"eventValue\":\"b\"",
    "\"eventId\":",
    "\"@timestamp\":\"2026-01-31\"",
    "{\"eventType\":\"a\",\"eventValue\":\"b\"}",
    "\\u0061",
    "\\ud83d\\ude00",
    "event\\u0054ype",
    "\"_id\":1,",
    "\"@timestamp\":17,",
    "\"clientTimestamp\":1,",
    "\"\\u005frouting\":1,",
    "\u00e9",
    "\ud83d\ude00",
    "\ufeff",
    "},{",
    "[[[[[[[[[[[[[[[[",
    "]]]]]]]]]]]]]]]]",
    ",\"m\":",
    "{\"m\":1,\"m\":1}",
    ":true",
    ":false",
    ":null",
    "-0.1e+2"
  })
  @FuzzTest
  void readerAndTransformerAgreeWithJacksonOnAnyBytes(byte[] input) throws IOException {
    if (input.length > LONGEST) {
      return;
    }
    parsesASingleEventExactlyWhenJacksonDoes(input);
    readsArraysAndSequencesAsJacksonDoes(input);
    readsArraysAndSequencesAsJacksonDoes(bytes("[" + latin(input) + "]"));
    readsLinesAsJacksonDoes(input);
    readsStreamsInAnyChunksLikeTheWholeInput(input);
  }

  private void parsesASingleEventExactlyWhenJacksonDoes(byte[] input) throws IOException {
    boolean expected = Jackson.isEvent(input);
    try {
      Event event = Event.parse(input);
      assertThat(expected).as("accepted").isTrue();
      assertThat(latin(event.toJson())).isEqualTo(stripped(latin(input)));
      theDocumentIsTheEventWithTheAddedMembers(event);
    } catch (InvalidEventException e) {
      assertThat(expected).as("rejected: %s", e.reason()).isFalse();
    }
  }

  /** Well-formed input yields its elements; any other input yields events and broken events. */
  private void readsArraysAndSequencesAsJacksonDoes(byte[] input) throws IOException {
    byte[] json = withoutMark(input);
    EventReader reader = EventReader.of(input);
    List<Object> read = read(reader, input.length);
    if (EventReader.unreadable(input, 0, input.length) != null) {
      assertThat(read).singleElement().isInstanceOf(BrokenEvent.class);
      return;
    }
    boolean wantsArray = stripped(latin(json)).startsWith("[");
    assertThat(reader.isArray()).isEqualTo(wantsArray);

    Optional<List<byte[]>> elements = wantsArray ? Jackson.elements(json) : Jackson.sequence(json);
    if (elements.isPresent()) {
      readsEachExactlyAsJacksonDoes(elements.get(), read);
    } else {
      assertThat(Reading.broken(read)).as("damage is reported").isNotEmpty();
    }
  }

  private void readsLinesAsJacksonDoes(byte[] input) throws IOException {
    if (EventReader.unreadable(input, 0, input.length) != null) {
      assertThat(read(EventReader.ofLines(input), input.length))
          .singleElement()
          .isInstanceOf(BrokenEvent.class);
      return;
    }
    List<byte[]> lines = new ArrayList<>();
    for (String line : latin(withoutMark(input)).split("\n", -1)) {
      if (!stripped(line).isEmpty()) {
        lines.add(bytes(line));
      }
    }
    readsEachExactlyAsJacksonDoes(lines, read(EventReader.ofLines(input), input.length));
  }

  private static void readsEachExactlyAsJacksonDoes(List<byte[]> expected, List<Object> read) {
    assertThat(read).hasSameSizeAs(expected);
    for (int i = 0; i < read.size(); i++) {
      byte[] json = expected.get(i);
      if (Jackson.isEvent(json)) {
        assertThat(read.get(i)).isEqualTo(stripped(latin(json)));
      } else {
        assertThat(read.get(i)).as(latin(json)).isInstanceOf(BrokenEvent.class);
      }
    }
  }

  private static void readsStreamsInAnyChunksLikeTheWholeInput(byte[] input) throws IOException {
    Random random = new Random(Arrays.hashCode(input));
    assertThat(Reading.all(EventReader.of(Reading.inChunks(input, () -> 1 + random.nextInt(9)))))
        .isEqualTo(Reading.all(EventReader.of(input)));
    assertThat(
            Reading.all(EventReader.ofLines(Reading.inChunks(input, () -> 1 + random.nextInt(9)))))
        .isEqualTo(Reading.all(EventReader.ofLines(input)));
  }

  /**
   * Reads to the end. Every event that is read is valid, starts after the previous one, and can be
   * written.
   */
  private List<Object> read(EventReader reader, int length) throws IOException {
    List<Object> all = new ArrayList<>();
    int from = 0;
    ReadEvent next = reader.next();
    while (next != null) {
      assertThat(all.size()).as("no more events than bytes").isLessThanOrEqualTo(length);
      if (next instanceof Event event) {
        assertThat(event.layout.start).isGreaterThanOrEqualTo(from);
        from = event.layout.end;
        assertThat(Jackson.isEvent(event.toJson())).as(event.toString()).isTrue();
        theDocumentIsTheEventWithTheAddedMembers(event);
        all.add(latin(event.toJson()));
      } else {
        BrokenEvent broken = (BrokenEvent) next;
        assertThat(broken.index()).isEqualTo(all.size());
        assertThat(broken.offset()).isBetween((long) from, (long) length);
        all.add(broken);
      }
      next = reader.next();
    }
    return all;
  }

  private void theDocumentIsTheEventWithTheAddedMembers(Event event) throws IOException {
    Document document;
    try {
      document = transformed(event);
    } catch (InvalidEventException e) {
      switch (e.code()) {
        case INVALID_EVENT_TYPE ->
            assertThat(event.eventType()).doesNotMatch("[a-z0-9][a-z0-9_-]{0,99}");
        case TOO_MANY_FIELDS, TOO_MANY_VALUES ->
            assertThat(event.layout.members + event.layout.elements).isGreaterThan(1_000);
        case RESERVED_MEMBER ->
            assertThat(Jackson.members(event.toJson()))
                .anyMatch(member -> ReservedNames.ALL.contains(member.name().split("\\.", -1)[0]));
        default -> throw new AssertionError(e);
      }
      return;
    }
    assertThat(latin(document.source())).doesNotContain("\n", "\r");
    List<Member> found = Jackson.members(document.source());
    assertThat(found).isEqualTo(expected(event, found));
    assertThat(document.destination()).isEqualTo(event.eventType());
    assertThat(event.eventType()).matches("[a-z0-9][a-z0-9_-]{0,99}");
  }

  private Document transformed(Event event) throws InvalidEventException {
    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
    try {
      transformer.transform(event, documents);
    } catch (InvalidEventException e) {
      if (e.code() != Rejection.TOO_MANY_EVENT_TYPES) {
        throw e;
      }
      transformer = transformer();
      transformer.transform(event, documents);
    }
    return documents.build().get(0);
  }

  /** The event's members with ID and time. The event's own time may be kept if it is text. */
  private static List<Member> expected(Event event, List<Member> found) throws IOException {
    List<Member> expected = new ArrayList<>();
    String id = null;
    boolean hasId = false;
    boolean hasTime = false;
    String ownTime = null;
    List<Member> members = Jackson.members(event.toJson());
    for (Member member : members) {
      if (member.name().equals("eventValue")) {
        id = id(member.value().get(0).substring("VALUE_STRING ".length()));
      }
    }
    for (Member member : members) {
      if (member.name().equals("eventId")) {
        hasId = true;
        expected.add(id == null ? member : text("eventId", id));
      } else if (member.name().equals("@timestamp")) {
        hasTime = true;
        boolean kept = found.contains(member) && member.value().get(0).startsWith("VALUE_STRING ");
        expected.add(kept ? member : text("@timestamp", NOW.toString()));
        ownTime = kept ? null : ownTime(event);
      } else {
        expected.add(member);
      }
    }
    if (!hasId && id != null) {
      expected.add(text("eventId", id));
    }
    if (ownTime != null) {
      String name = "clientTimestamp";
      while (Jackson.hasMember(members, name)) {
        name += "_";
      }
      expected.add(text(name, "json:" + ownTime));
    }
    if (!hasTime) {
      expected.add(text("@timestamp", NOW.toString()));
    }
    return expected;
  }

  private static String ownTime(Event event) {
    int start = event.layout.timestampStart;
    return new String(event.bytes, start, event.layout.timestampEnd - start, UTF_8);
  }

  private static byte[] withoutMark(byte[] input) {
    return Arrays.mismatch(input, MARK) == MARK.length || Arrays.equals(input, MARK)
        ? Arrays.copyOfRange(input, MARK.length, input.length)
        : input;
  }

  /** Removes JSON's whitespace at both ends, and no other whitespace. */
  private static String stripped(String text) {
    return text.replaceAll("^[ \t\r\n]+|[ \t\r\n]+$", "");
  }

  private static String latin(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }

  private static byte[] bytes(String latin) {
    return latin.getBytes(ISO_8859_1);
  }
}

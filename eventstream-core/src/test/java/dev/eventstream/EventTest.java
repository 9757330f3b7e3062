package dev.eventstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.spi.Rejection;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EventTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"pageview", "", "\"", "\\", "\n\t\u0000\u001f", "\u00e9", "\ud83d\ude00", "a/b"})
  void returnsTypeAndValueOfAnyText(String text) {
    Event event = Event.of(text, text);

    assertThat(event.eventType()).isEqualTo(text);
    assertThat(event.eventValue()).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\ud800", "\udc00", "a\ud83d", "\ude00\ud83d", "\ud83d\ud83d\ude00"})
  void rejectsAnUnpairedSurrogate(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of(text, "b"))
        .withMessageContaining("surrogate");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of("a", text))
        .withMessageContaining("surrogate");
    assertThatIllegalArgumentException().isThrownBy(() -> Event.of("a", "b", Map.of(text, 1)));
    assertThatIllegalArgumentException().isThrownBy(() -> Event.of("a", "b", Map.of("x", text)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of("a", "b").withDocumentId(text))
        .withMessageContaining("surrogate");
  }

  @Test
  void rejectsAnUnpairedSurrogateInTextInsteadOfReplacingIt() {
    assertThatThrownBy(() -> Event.parse("{\"eventType\":\"a\",\"eventValue\":\"\ud800\"}"))
        .isInstanceOfSatisfying(
            InvalidEventException.class,
            e -> assertThat(e.code()).isEqualTo(Rejection.INVALID_UNICODE));
  }

  @Test
  void writesFurtherMembersInTheMapsOrder() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("z", new BigDecimal("1.50"));
    members.put("a", List.of("x", Map.of("y", true)));
    members.put("m", null);

    assertThat(Event.of("t", "v", members))
        .hasToString(
            "{\"eventType\":\"t\",\"eventValue\":\"v\",\"z\":1.50,\"a\":[\"x\",{\"y\":true}],\"m\":null}");
  }

  @Test
  void rejectsDuplicateMembers() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of("t", "v", Map.of("eventType", "x")))
        .withMessage("member \"eventType\" is given twice; leave it out of the map");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of("t", "v", Map.of("eventValue", 1)))
        .withMessageContaining("eventValue");
  }

  @Test
  void rejectsMembersThatAreNotJsonOrTooDeepOrTooLarge() {
    Object deep = 1;
    for (int i = 0; i < 64; i++) {
      deep = List.of(deep);
    }
    Object tooDeep = deep;
    List<Object> itself = new ArrayList<>();
    itself.add(itself);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of("t", "v", Map.of("x", new Object())))
        .withMessageContaining("$.x: java.lang.Object has no JSON form");
    assertThatIllegalArgumentException().isThrownBy(() -> Event.of("t", "v", Map.of("x", itself)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of("t", "v", Map.of("x", tooDeep)))
        .withMessageContaining("nested deeper than 64");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of("t", "x".repeat(EventReader.MAX_EVENT_BYTES)))
        .withMessageContaining("larger than 1048576 bytes");
  }

  @Test
  void parsesOneObjectWithBlanksAroundItAndNothingElse() throws InvalidEventException {
    assertThat(Event.parse("\r\n " + Reading.OK + "\t\n")).hasToString(Reading.OK);
    assertThatThrownBy(() -> Event.parse(Reading.OK + Reading.OK))
        .isInstanceOf(InvalidEventException.class)
        .hasMessage("expected nothing after the event but found \"{\"");
    for (String none : List.of("", "  ", "[" + Reading.OK + "]", "null")) {
      assertThatThrownBy(() -> Event.parse(none))
          .isInstanceOfSatisfying(
              InvalidEventException.class,
              e -> assertThat(e.code()).isEqualTo(Rejection.NOT_AN_OBJECT));
    }
    assertThatThrownBy(() -> Event.parse("\uFEFF" + Reading.OK))
        .hasMessageContaining("begins with \"{\", but found byte 0xef");
  }

  @Test
  void theDocumentIdChangesNothingElse() {
    Event event = Event.of("a", "b");
    Event keyed = event.withDocumentId("key-1");

    assertThat(event.documentId()).isNull();
    assertThat(keyed.documentId()).isEqualTo("key-1");
    assertThat(keyed.toJson()).isEqualTo(event.toJson());
    assertThat(keyed.withDocumentId("key-2").documentId()).isEqualTo("key-2");
  }

  @Test
  void acceptsDocumentIdsOf1To512Bytes() {
    Event event = Event.of("a", "b");

    assertThat(event.withDocumentId("\u00e9".repeat(256)).documentId()).hasSize(256);
    assertThatIllegalArgumentException().isThrownBy(() -> event.withDocumentId(""));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> event.withDocumentId("\u00e9".repeat(256) + "x"))
        .withMessage("the document ID has 513 bytes; it must have 1 to 512: shorten or hash it");
  }

  @Test
  void returnsCopiesOfItsBytes() {
    Event event = Event.of("a", "b");
    event.toJson()[0] = 'x';

    assertThat(event).hasToString(Reading.OK);
    assertThat(event.size()).isEqualTo(Reading.OK.length());
  }
}

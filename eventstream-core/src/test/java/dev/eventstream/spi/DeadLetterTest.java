package dev.eventstream.spi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DeadLetterTest {
  private static DeadLetter letter(String source, String reason) {
    Document document = new Document("index", "id-1", null, source.getBytes(UTF_8));
    return new DeadLetter(document, reason, Instant.EPOCH, Instant.EPOCH);
  }

  @Test
  void findsTheEventTypeAtAnyPosition() {
    assertThat(letter("{\"eventType\":\"click\"}", "").eventType()).isEqualTo("click");
    assertThat(
            letter(
                    "{\"a\":{\"eventType\":\"inner\"},\"b\":[1,{\"eventType\":\"x\"}],"
                        + "\"eventType\":\"cl\\u0069ck\"}",
                    "")
                .eventType())
        .isEqualTo("click");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "[]", "", "7", "{\"a\":1}", "no json", "{\"a\":", "{\"eventType\":null}"})
  void hasNoEventTypeIfTheDocumentHasNone(String source) {
    assertThat(letter(source, "").eventType()).isNull();
    assertThat(DeadLetter.ofType("click")).rejects(letter(source, ""));
  }

  @Test
  void filtersByEventType() {
    assertThat(DeadLetter.ofType("click"))
        .accepts(letter("{\"eventType\":\"click\"}", ""))
        .rejects(letter("{\"eventType\":\"Click\"}", ""));
  }

  @Test
  void filtersByAPartOfTheReasonIgnoringCase() {
    assertThat(DeadLetter.withReason("Mapper_Parsing"))
        .accepts(letter("{}", "400 mapper_parsing_exception: failed"))
        .rejects(letter("{}", "400 strict_dynamic_mapping_exception"));
  }

  @Test
  void filtersByDocumentId() {
    assertThat(DeadLetter.withId("id-1")).accepts(letter("{}", ""));
    assertThat(DeadLetter.withId("id-2")).rejects(letter("{}", ""));
  }

  @Test
  void rejectsNulls() {
    Document document = new Document("index", "id", null, new byte[0]);
    assertThatNullPointerException()
        .isThrownBy(() -> new DeadLetter(null, "", Instant.EPOCH, Instant.EPOCH));
    assertThatNullPointerException()
        .isThrownBy(() -> new DeadLetter(document, null, Instant.EPOCH, Instant.EPOCH));
    assertThatNullPointerException()
        .isThrownBy(() -> new DeadLetter(document, "", null, Instant.EPOCH));
    assertThatNullPointerException()
        .isThrownBy(() -> new DeadLetter(document, "", Instant.EPOCH, null));
  }
}

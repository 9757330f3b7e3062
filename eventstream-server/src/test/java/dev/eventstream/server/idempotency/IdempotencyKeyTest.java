package dev.eventstream.server.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.server.http.RequestErrorException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class IdempotencyKeyTest {
  private static IdempotencyKey key(String... values) throws RequestErrorException {
    return IdempotencyKey.of(List.of(values));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '\'',
      textBlock =
          """
          8e03978e-40d5-43e8-bc93-6894a57f9324, 8e03978e-40d5-43e8-bc93-6894a57f9324
          "8e03978e", 8e03978e
          ' batch 7 ', batch 7
          "a \\" and a \\\\", 'a " and a \\'
          a"b, a"b
          """)
  void takesAStringWithQuotesOrAsItIs(String value, String text) throws Exception {
    assertThat(key(value)).isEqualTo(new IdempotencyKey(text));
  }

  @Test
  void takes255CharactersAndNotOneMore() throws Exception {
    assertThat(key("x".repeat(255))).isEqualTo(key('"' + "x".repeat(255) + '"'));
    assertThatThrownBy(() -> key("x".repeat(256))).hasMessageContaining("256 characters");
    assertThatThrownBy(() -> key('"' + "x".repeat(256) + '"')).hasMessageContaining("hash it");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '\'',
      textBlock =
          """
          '',         has 0 characters
          '  ',       has 0 characters
          "",         has 0 characters
          "open,      must end with the next
          "a"b",      must end with the next
          "a";p=1,    must end with the next
          "a\\b",     escapes nothing
          "a\\,       escapes nothing
          caf\u00e9,  not printable ASCII
          'a\tb',     not printable ASCII
          "a\u007fb", not printable ASCII
          """)
  void saysWhatIsWrongWithOneThatIsNone(String value, String reason) {
    assertThatThrownBy(() -> key(value))
        .isInstanceOf(RequestErrorException.class)
        .hasMessageStartingWith("Idempotency-Key ")
        .hasMessageContaining(reason);
  }

  @Test
  void takesOneKeyOnly() throws Exception {
    assertThat(key()).isNull();
    assertThatThrownBy(() -> key("a", "a")).hasMessageContaining("2 times");
  }

  @Test
  void givesIdsByKeyClientAndPositionThatNoOthersGive() throws Exception {
    List<String> ids =
        List.of(
            key("a").documentIds(null).apply(0),
            key("a").documentIds(null).apply(1),
            key("b").documentIds(null).apply(0),
            key("a").documentIds("shop").apply(0),
            key("a").documentIds("desk").apply(0),
            key("hopa").documentIds("s").apply(0));

    assertThat(ids).doesNotHaveDuplicates();
    assertThat(ids.get(0))
        .matches("[0-9a-f]{32}-0")
        .isEqualTo(key("\"a\"").documentIds(null).apply(0));
    assertThat(ids.get(3)).isEqualTo(key("a").documentIds("shop").apply(0));
  }
}

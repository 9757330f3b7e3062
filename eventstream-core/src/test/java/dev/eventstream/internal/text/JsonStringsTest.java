package dev.eventstream.internal.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonStringsTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static String unescape(String content) {
    byte[] bytes = ("\"" + content + "\"").getBytes(UTF_8);
    return JsonStrings.unescape(bytes, 1, bytes.length - 1);
  }

  @Test
  void quotesAndUnescapesAnyTextAsJacksonDoes() throws Exception {
    Random random = new Random(3);
    for (int round = 0; round < 5_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(8); i > 0; i--) {
        int bound = random.nextBoolean() ? 0x80 : 0x110000;
        text.appendCodePoint(random.nextInt(bound));
      }
      String quoted = JsonStrings.quote(text.toString());

      assertThat(MAPPER.readValue(quoted, String.class)).isEqualTo(text.toString());
      assertThat(unescape(quoted.substring(1, quoted.length() - 1))).isEqualTo(text.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\\\"",
        "\\\\",
        "\\/",
        "\\b\\f\\n\\r\\t",
        "x\\u00e9y",
        "\\ud83d\\ude00",
        "\\\\u0061"
      })
  void resolvesEveryEscapeOfJson(String content) throws Exception {
    assertThat(unescape(content)).isEqualTo(MAPPER.readValue("\"" + content + "\"", String.class));
  }

  @ParameterizedTest
  @CsvSource({
    "a, false",
    "\ud83d\ude00, false",
    "\ud83d, true",
    "\ude00, true",
    "\ude00\ud83d, true"
  })
  void detectsAnUnpairedSurrogate(String text, boolean half) {
    assertThat(JsonStrings.hasLoneSurrogate(text)).isEqualTo(half);
    assertThat(JsonStrings.hasLoneSurrogate("x" + text + "x")).isEqualTo(half);
    assertThat(UTF_8.newEncoder().canEncode(JsonStrings.quote(text))).isTrue();
  }
}

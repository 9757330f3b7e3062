package dev.eventstream.es.bulk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestErrorTest {

  private static RequestError parse(String answer) {
    return RequestError.parse(new ByteArrayInputStream(answer.getBytes(UTF_8)), true);
  }

  private static String answer(String type, String reason) {
    return "{\"error\":{\"root_cause\":[{\"type\":\"other\"}],\"type\":\""
        + type
        + "\",\"reason\":\""
        + reason
        + "\"},\"status\":400}";
  }

  @Test
  void showsWhatTheEngineSays() {
    String reason = "no write index is defined for alias [two]";

    assertThat(parse(answer("illegal_argument_exception", reason)))
        .hasToString("illegal_argument_exception: " + reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"parse_exception", "json_parse_exception", "mapper_exception", "x_content_parse"})
  void showsOnlyTheKindOfAnErrorThatMayQuoteAnEvent(String type) {
    assertThat(parse(answer(type, "Unexpected character: secret"))).hasToString(type);
  }

  @Test
  void showsNoReasonWhereItMayRepeatCredentials() {
    String text = answer("security_exception", "unable to authenticate user [x]");

    assertThat(RequestError.parse(new ByteArrayInputStream(text.getBytes(UTF_8)), false))
        .hasToString("security_exception");
  }

  @Test
  void isBoundedAndOneLine() {
    RequestError error = parse(answer("exception", "a\\n\\tb" + "x".repeat(10_000)));

    assertThat(error.reason()).startsWith("a b").hasSize(301);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html>",
        "[]",
        "{}",
        "{\"error\":\"text\"}",
        "{\"error\":{\"type\":5}}",
        "{\"error\":{\"type\":\"Not A Type<script>\",\"reason\":\"x\"}}",
        "{\"error\":{\"type\":\"a\""
      })
  void saysNothingWhereTheAnswerIsAnythingElse(String answer) {
    assertThat(parse(answer)).isEqualTo(RequestError.NONE);
  }
}

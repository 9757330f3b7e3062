package dev.eventstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IndexPatternTest {

  @ParameterizedTest
  @CsvSource({
    "{eventType}, click",
    "events-{eventType}, events-click",
    "{eventType}-v1, click-v1",
    "a.b_{eventType}+1, a.b_click+1",
    "events, events",
    "1, 1"
  })
  void insertsTheTypeIntoThePattern(String pattern, String destination) {
    assertThat(IndexPattern.parse(pattern).destination("click")).isEqualTo(destination);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "''; is empty",
        "Events; has \"E\"",
        "events-{eventtype}; has \"{\"",
        "{eventType}{eventType}; has \"{\"",
        "{eventType}-{date}; has \"{\"",
        "a/{eventType}; has \"/\"",
        "a\\b; has \"\\\"",
        "a*; has \"*\"",
        "a?; has \"?\"",
        "a\"b; has \"\"\"",
        "a<b; has \"<\"",
        "a>b; has \">\"",
        "a|b; has \"|\"",
        "a b; has \" \"",
        "a,b; has \",\"",
        "a#b; has \"#\"",
        "a:b; has \":\"",
        "\u00e9; has \"\u00e9\"",
        "-a; starts with \"-\"",
        "_{eventType}; starts with \"_\"",
        "+a; starts with \"+\"",
        ".a; starts with \".\"",
        "..; starts with \".\""
      })
  void rejectsNamesThatEnginesReject(String pattern, String fault) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IndexPattern.parse(pattern))
        .withMessage(
            "the index pattern \"%s\" %s; use lower-case letters, digits, \"-\", \"_\" and \".\""
                + " around {eventType}, for example \"events-{eventType}\"",
            pattern, fault);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\u0000", "a\n", "a\t", "a\u007f"})
  void rejectsControlCharacters(String pattern) {
    assertThatIllegalArgumentException().isThrownBy(() -> IndexPattern.parse(pattern));
  }

  @Test
  void leavesRoomForTheLongestType() {
    String longest = "x".repeat(155) + "{eventType}";
    String longestFixed = "x".repeat(255);

    assertThat(IndexPattern.parse(longest).destination("t".repeat(100))).hasSize(255);
    assertThat(IndexPattern.parse(longestFixed).destination("t")).hasSize(255);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IndexPattern.parse("x" + longest))
        .withMessageContaining("makes names longer than 255 bytes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IndexPattern.parse("x" + longestFixed))
        .withMessageContaining("makes names longer than 255 bytes");
  }
}

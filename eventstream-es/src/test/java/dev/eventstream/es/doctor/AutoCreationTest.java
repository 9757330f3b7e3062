package dev.eventstream.es.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AutoCreationTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true           | events-* | ALLOWED",
        "false          | events-* | FORBIDDEN",
        "*              | events-* | ALLOWED",
        "+events-*      | events-* | ALLOWED",
        "+e*,-*         | events-* | ALLOWED",
        "-e*,+*         | events-* | FORBIDDEN",
        "logs-*         | events-* | FORBIDDEN",
        ".*, +*         | events-* | ALLOWED",
        "-events-x*,+*  | events-* | UNCLEAR",
        "events-click*  | events-* | UNCLEAR",
        "-events-x*,-*  | events-* | FORBIDDEN",
        "events-click   | events-click | ALLOWED",
        "events-click*  | * | UNCLEAR",
        "+*             | * | ALLOWED",
      })
  void theFirstExpressionThatMatchesANameDecides(
      String setting, String pattern, AutoCreation expected) {
    assertThat(AutoCreation.of(setting, pattern)).isEqualTo(expected);
  }
}

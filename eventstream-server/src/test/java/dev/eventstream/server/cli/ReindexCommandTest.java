package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReindexCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pageview | Missing required parameter: 'PATTERN'",
        "a b c | there is an argument too many",
        "a b --rate | --rate",
        "a b --rate 0 | 0",
        "a b --max-wait soon | 90s, 10min",
        "a b --without-timestamp yesterday | 2020-01-01",
        "a b --delete-source | --delete-source needs --switch-alias",
        "a B | lower-case",
        "_all b | the source \"_all\" is not an index",
        "a b --spool-size | eventstream reindex --help",
        "a b --colour blue | there is no option --colour",
      })
  void wrongUsageIsExplained(String arguments, String explanation) {
    assertThat(run(arguments.split(" "))).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains(explanation);
  }

  @Test
  void aClusterThatIsDownIsAFailure() {
    assertThat(run("a", "b", "--elasticsearch-url", "http://127.0.0.1:1")).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("http://127.0.0.1:1").doesNotContain("\tat ");
  }

  @Test
  void explainsItself() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString(UTF_8))
        .contains("Usage: eventstream reindex", "FROM", "--switch-alias=NAME");
  }

  private int run(String... arguments) {
    return Commands.run(
        "reindex",
        List.of(arguments),
        Map.of(),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8));
  }
}

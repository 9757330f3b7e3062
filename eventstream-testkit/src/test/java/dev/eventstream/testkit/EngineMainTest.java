package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineMainTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "                          | The first argument must be the engine.",
        "--port 9200               | The first argument must be the engine.",
        "opensearch:9              | Unknown engine 'opensearch:9'. Use one of: opensearch:1.3.14",
        "opensearch --port         | --port requires a value.",
        "opensearch --port http    | --port is 'http'; give a number from 0 to 65535.",
        "opensearch --port 70000   | --port is '70000'; give a number from 0 to 65535.",
        "opensearch --heap much    | --heap is 'much'; give a number with the unit m or g",
        "opensearch --color red    | Unknown option '--color'. Use --port, --data or --heap.",
      })
  void reportsTheOptionTheValueAndTheRemedy(String arguments, String message) {
    List<String> args = arguments == null ? List.of() : List.of(arguments.split(" +", -1));

    assertThatThrownBy(() -> EngineMain.parse(args))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void acceptsAllOptions() {
    List<String> args =
        List.of("opensearch:2.19.6", "--port", "0", "--data", "here", "--heap", "512m");

    assertThatCode(() -> EngineMain.parse(args)).doesNotThrowAnyException();
  }
}

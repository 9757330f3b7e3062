package dev.eventstream.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DemoOptionsTest {
  @Test
  void hasDefaults() {
    assertThat(DemoOptions.parse(List.of()))
        .isEqualTo(new DemoOptions(8080, "opensearch:2.19.6", null, null));
  }

  @Test
  void acceptsEveryOption() {
    assertThat(
            DemoOptions.parse(
                List.of(
                    "--data",
                    "here",
                    "--engine",
                    "elasticsearch:6",
                    "--engine-port",
                    "0",
                    "--port",
                    "65535")))
        .isEqualTo(new DemoOptions(65_535, "elasticsearch:6", 0, Path.of("here")));
  }

  @Test
  void usesTheLastValueOfARepeatedOption() {
    assertThat(DemoOptions.parse(List.of("--port", "1", "--port", "2")).port()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"--port, -1", "--port, 65536", "--port, http", "--engine-port, ''", "--port, 8 0"})
  void rejectsInvalidPorts(String option, String value) {
    assertThatThrownBy(() -> DemoOptions.parse(List.of(option, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(option + " is \"" + value + "\"; specify a number from 0 to 65535");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--ports", "port", "", "-p"})
  void rejectsUnknownOptions(String option) {
    assertThatThrownBy(() -> DemoOptions.parse(List.of(option, "1")))
        .hasMessage("there is no option \"" + option + "\"");
  }

  @Test
  void reportsAMissingValue() {
    assertThatThrownBy(() -> DemoOptions.parse(List.of("--port", "1", "--data")))
        .hasMessage("--data requires a value");
  }
}

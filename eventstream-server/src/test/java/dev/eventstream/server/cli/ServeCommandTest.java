package dev.eventstream.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class ServeCommandTest {
  @Test
  void theLineThatSaysReadyHasTheFormatOfTheLog() throws Exception {
    assertThat(ServeCommand.readyLine("http://localhost:8080", "text"))
        .isEqualTo("eventstream is ready at http://localhost:8080");
    JsonNode line =
        new ObjectMapper().readTree(ServeCommand.readyLine("http://localhost:8080", "json"));
    assertThat(line.path("formattedMessage").asText())
        .isEqualTo("eventstream is ready at http://localhost:8080");
    assertThat(line.path("level").asText()).isEqualTo("INFO");
  }
}

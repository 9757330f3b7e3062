package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void theLineThatSaysReadyHasTheFormatOfTheLog() throws Exception {
    assertThat(Main.readyLine("http://localhost:8080", "text"))
        .isEqualTo("eventstream is ready at http://localhost:8080");
    JsonNode line = new ObjectMapper().readTree(Main.readyLine("http://localhost:8080", "json"));
    assertThat(line.path("formattedMessage").asText())
        .isEqualTo("eventstream is ready at http://localhost:8080");
    assertThat(line.path("level").asText()).isEqualTo("INFO");
  }
}

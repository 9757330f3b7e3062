package dev.eventstream.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.Event;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** An application writes its events with a mapper of its own, of either generation of Jackson. */
class OwnMapperTest {
  private static final String HEAD = "{\"eventType\":\"order\",\"eventValue\":\"placed\",";

  @Test
  void writesWithJackson2() {
    com.fasterxml.jackson.databind.ObjectMapper mapper =
        com.fasterxml.jackson.databind.json.JsonMapper.builder().build();

    assertThat(Event.of("order", "placed", Map.of("user", 42), mapper::writeValueAsBytes))
        .hasToString(HEAD + "\"user\":42}");
  }

  @Test
  void writesWithJackson3() {
    tools.jackson.databind.ObjectMapper mapper =
        tools.jackson.databind.json.JsonMapper.builder().build();

    assertThat(Event.of("order", "placed", Map.of("at", Instant.EPOCH), mapper::writeValueAsBytes))
        .hasToString(HEAD + "\"at\":\"1970-01-01T00:00:00Z\"}");
  }
}

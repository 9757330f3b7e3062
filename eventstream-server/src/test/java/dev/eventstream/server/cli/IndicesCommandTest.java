package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IndicesCommandTest {
  private static final Map<String, String> EVENTS =
      Map.of("EVENTSTREAM_INDEX", "events-{eventType}");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void printsTheTemplateOfAnEngineWithoutACluster() throws Exception {
    assertThat(run(EVENTS, "print", "--engine", "elasticsearch:6.5.4", "--index-shards", "3"))
        .isZero();

    JsonNode template = new ObjectMapper().readTree(out.toByteArray());
    assertThat(template.at("/index_patterns/0").asText()).isEqualTo("events-*");
    assertThat(template.at("/settings/index/number_of_shards").asInt()).isEqualTo(3);
    assertThat(template.at("/mappings/_doc/_meta/managed_by").asText()).isEqualTo("eventstream");
    assertThat(err.toString(UTF_8)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "remove", "check --force", "print --engine", "print --engine solr:9"})
  void wrongUsageIsExplained(String arguments) {
    assertThat(run(EVENTS, arguments.split(" "))).isEqualTo(2);
    assertThat(err.toString(UTF_8))
        .containsAnyOf("Usage: eventstream indices", "--engine is", "--help");
  }

  @ParameterizedTest
  @ValueSource(strings = {"apply", "check", "print"})
  void withoutPatternsItSaysWhatToSet(String action) {
    assertThat(run(Map.of(), action)).isEqualTo(2);
    assertThat(err.toString(UTF_8))
        .contains(
            "events-{eventType}", "EVENTSTREAM_EVENT_TYPES", "EVENTSTREAM_INDEX_TEMPLATE_PATTERNS");
  }

  @Test
  void aClusterThatIsDownIsAFailure() {
    assertThat(run(EVENTS, "check", "--elasticsearch-url", "http://127.0.0.1:1")).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("http://127.0.0.1:1");
  }

  @Test
  void explainsItself() {
    assertThat(run(Map.of(), "--help")).isZero();
    assertThat(out.toString(UTF_8)).contains("Usage: eventstream indices", "apply", "prune");
  }

  private int run(Map<String, String> environment, String... arguments) {
    return Commands.run(
        "indices",
        List.of(arguments),
        environment,
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8));
  }
}

package dev.eventstream.es.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EngineTest {

  /** The engines' answers to {@code GET /} without names and hashes. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "elasticsearch | 6.5.4   | true  |`{\"name\":\"n\",\"cluster_name\":\"c\",\"cluster_uuid\":\"u\",\"version\":{\"number\":\"6.5.4\",\"build_flavor\":\"oss\",\"build_type\":\"zip\",\"build_hash\":\"d2ef93d\",\"build_date\":\"2018-12-17T21:17:40.758843Z\",\"build_snapshot\":false,\"lucene_version\":\"7.5.0\",\"minimum_wire_compatibility_version\":\"5.6.0\",\"minimum_index_compatibility_version\":\"5.0.0\"},\"tagline\":\"You Know, for Search\"}`",
        "elasticsearch | 7.10.2  | false |`{\"version\":{\"number\":\"7.10.2\",\"build_flavor\":\"oss\",\"build_type\":\"docker\",\"lucene_version\":\"8.7.0\"},\"tagline\":\"You Know, for Search\"}`",
        "elasticsearch | 7.17.29 | false |`{\"version\":{\"number\":\"7.17.29\",\"build_flavor\":\"default\",\"build_type\":\"zip\",\"lucene_version\":\"8.11.3\"},\"tagline\":\"You Know, for Search\"}`",
        "elasticsearch | 8.6.2   | false |`{\"version\":{\"number\":\"8.6.2\",\"build_flavor\":\"default\",\"build_type\":\"zip\",\"lucene_version\":\"9.4.2\"},\"tagline\":\"You Know, for Search\"}`",
        "elasticsearch | 9.0.0   | false |`{\"version\":{\"number\":\"9.0.0\",\"build_flavor\":\"default\",\"build_type\":\"zip\",\"lucene_version\":\"10.1.0\"},\"tagline\":\"You Know, for Search\"}`",
        "opensearch    | 1.3.14  | false |`{\"version\":{\"distribution\":\"opensearch\",\"number\":\"1.3.14\",\"build_type\":\"tar\",\"lucene_version\":\"8.10.1\",\"minimum_wire_compatibility_version\":\"6.8.0\"},\"tagline\":\"The OpenSearch Project: https://opensearch.org/\"}`",
        "opensearch    | 2.19.6  | false |`{\"version\":{\"distribution\":\"opensearch\",\"number\":\"2.19.6\",\"build_type\":\"unknown\",\"lucene_version\":\"9.12.3\"},\"tagline\":\"The OpenSearch Project: https://opensearch.org/\"}`",
        "opensearch    | 3.8.0   | false |`{\"version\":{\"distribution\":\"opensearch\",\"number\":\"3.8.0\",\"build_type\":\"unknown\",\"lucene_version\":\"10.4.0\"},\"tagline\":\"The OpenSearch Project: https://opensearch.org/\"}`",
        // OpenSearch 1 with compatibility.override_main_response_version
        "elasticsearch | 7.10.2  | false |`{\"version\":{\"number\":\"7.10.2\",\"build_type\":\"tar\"},\"tagline\":\"The OpenSearch Project: https://opensearch.org/\"}`",
        "elasticsearch | 5.6.16  | true  |`{\"version\":{\"number\":\"5.6.16\"}}`",
        "elasticsearch | 8.0.0-rc1 | false |`{\"version\":{\"number\":\"8.0.0-rc1\"}}`",
        "elasticsearch | 10      | false |`{\"version\":{\"number\":\"10\"}}`",
        "elasticsearch | next    | false |`{\"version\":{\"number\":\"next\"}}`"
      })
  void readsHowAnEngineIntroducesItself(
      String distribution, String version, boolean mappingType, String answer) throws IOException {
    Engine engine = parse(answer);

    assertThat(engine).isEqualTo(new Engine(distribution, version));
    assertThat(engine.needsMappingType()).isEqualTo(mappingType);
    assertThat(engine).hasToString(distribution + " " + version);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "null",
        "{\"version\":null}",
        "{\"version\":\"6.5.4\"}",
        "{\"version\":{}}",
        "{\"version\":{\"number\":\"\"}}",
        "{\"version\":{\"number\":{\"a\":1}}}",
        "{\"status\":\"ok\"}",
        ""
      })
  void takesOneThatDoesNotIntroduceItselfForACurrentOne(String answer) throws IOException {
    assertThat(parse(answer)).isEqualTo(Engine.UNKNOWN);
    assertThat(Engine.UNKNOWN.needsMappingType()).isFalse();
    assertThat(Engine.UNKNOWN).hasToString("unknown");
  }

  @Test
  void turnsDownWhatIsNoJson() {
    assertThatThrownBy(() -> parse("<html>It works!</html>")).isInstanceOf(IOException.class);
  }

  private static Engine parse(String answer) throws IOException {
    return Engine.parse(answer.getBytes(UTF_8));
  }
}

package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.testkit.Engine.Product;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EngineTest {

  @ParameterizedTest
  @CsvSource({
    "opensearch:2.19.6, OPENSEARCH, 2.19.6",
    "opensearch, OPENSEARCH, 2.19.6",
    "opensearch:1, OPENSEARCH, 1.3.14",
    "opensearch:3.8, OPENSEARCH, 3.8.0",
    "' OpenSearch:2 ', OPENSEARCH, 2.19.6",
    "elasticsearch, ELASTICSEARCH, 6.5.4",
    "elasticsearch:7.17.29, ELASTICSEARCH, 7.17.29",
    "ELASTICSEARCH:8, ELASTICSEARCH, 8.6.2",
    "elasticsearch:9, ELASTICSEARCH, 9.0.0",
  })
  void readsSpecifications(String specification, Product product, String version) {
    assertThat(Engine.of(specification)).isEqualTo(new Engine(product, version));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "opensearch:",
        "opensearch:2.1",
        "opensearch:2.19.7",
        "elasticsearch:2",
        "solr:9"
      })
  void listsTheSupportedEnginesIfOneIsUnknown(String specification) {
    assertThatThrownBy(() -> Engine.of(specification))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Unknown engine '"
                + specification
                + "'. Use one of: opensearch:1.3.14, opensearch:2.19.6, opensearch:3.8.0,"
                + " elasticsearch:6.5.4, elasticsearch:7.17.29, elasticsearch:8.6.2,"
                + " elasticsearch:9.0.0");
  }

  @Test
  void rejectsAnUnknownVersion() {
    assertThatThrownBy(() -> new Engine(Product.OPENSEARCH, "2"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("opensearch:2.19.6");
  }

  @ParameterizedTest
  @MethodSource("dev.eventstream.testkit.Engine#supported")
  void canBeParsedFromItsText(Engine engine) {
    assertThat(Engine.of(engine.toString())).isEqualTo(engine);
  }

  @Test
  void knowsItsMajorVersion() {
    assertThat(Engine.of("elasticsearch:7.17.29").major()).isEqualTo(7);
  }

  @ParameterizedTest
  @MethodSource("dev.eventstream.testkit.Engine#supported")
  void onlyElasticsearch6NeedsAMappingType(Engine engine) {
    assertThat(engine.needsMappingType()).isEqualTo(engine.equals(Engine.of("elasticsearch:6")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "default", "DEFAULT", ","})
  void testsTheDefaultOfEachProductByDefault(String property) {
    assertThat(Engine.underTest(property))
        .containsExactly(Engine.of("opensearch:2.19.6"), Engine.of("elasticsearch:6.5.4"));
  }

  @Test
  void testsAllEnginesOnRequest() {
    assertThat(Engine.underTest("all")).isEqualTo(Engine.supported()).hasSize(7);
  }

  @Test
  void testsTheListedEnginesOnce() {
    assertThat(Engine.underTest("opensearch:3, elasticsearch,opensearch:3.8.0,default"))
        .containsExactly(
            Engine.of("opensearch:3.8.0"),
            Engine.of("elasticsearch:6.5.4"),
            Engine.of("opensearch:2.19.6"));
  }

  @Test
  void rejectsAListWithAnUnknownEngine() {
    assertThatThrownBy(() -> Engine.underTest("opensearch,lucene"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Unknown engine 'lucene'");
  }
}

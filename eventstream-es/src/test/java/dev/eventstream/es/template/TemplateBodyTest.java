package dev.eventstream.es.template;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.es.engine.Engine;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateBodyTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Engine OPENSEARCH = new Engine("opensearch", "2.19.6");
  private static final Engine OLD = new Engine("elasticsearch", "6.5.4");

  private static final String SETTINGS =
      """
      {"index":{"number_of_shards":2,"number_of_replicas":0,"refresh_interval":"5000ms",
      "codec":"best_compression","mapping":{"ignore_malformed":true,"total_fields":{"limit":500}}}}
      """;

  private static final String MAPPING =
      """
      {"_meta":{"managed_by":"eventstream","version":1,"checksum":"%s"},
      "date_detection":false,"numeric_detection":false,
      "dynamic_templates":[
      {"deep_objects":{"path_match":"*.*.*.*","match_mapping_type":"object",
      "mapping":{"type":"object","enabled":false}}},
      {"strings":{"match_mapping_type":"string",
      "mapping":{"type":"keyword","ignore_above":1024}}}],
      "properties":{"@timestamp":{"type":"date"},
      "eventType":{"type":"keyword","ignore_above":1024,
      "fields":{"keyword":{"type":"keyword","ignore_above":1024}}},
      "eventValue":{"type":"keyword","ignore_above":1024,
      "fields":{"keyword":{"type":"keyword","ignore_above":1024}}},
      "eventId":{"type":"keyword","ignore_above":1024,
      "fields":{"keyword":{"type":"keyword","ignore_above":1024}}},
      "_mapping_failure":{"type":"keyword","ignore_above":1024},
      "event":{"properties":{"original":{"type":"object","enabled":false}}}}}
      """;

  @Test
  void isAnIndexTemplateForCurrentEngines() throws IOException {
    TemplateBody body = TemplateBody.of(settings(), OPENSEARCH);

    assertThat(body.path()).isEqualTo("/_index_template/eventstream");
    assertThat(JSON.readTree(body.json()))
        .isEqualTo(
            JSON.readTree(
                """
                {"index_patterns":["a-*","b"],"priority":200,"version":1,
                "template":{"settings":%s,"mappings":%s}}
                """
                    .formatted(SETTINGS, MAPPING.formatted("058c93734b0d80d0"))));
  }

  @Test
  void isALegacyTemplateWithAMappingTypeForOldEngines() throws IOException {
    TemplateBody body = TemplateBody.of(settings(), OLD);

    assertThat(body.path()).isEqualTo("/_template/eventstream");
    assertThat(JSON.readTree(body.json()))
        .isEqualTo(
            JSON.readTree(
                """
                {"index_patterns":["a-*","b"],"order":200,"version":1,
                "settings":%s,"mappings":{"_doc":%s}}
                """
                    .formatted(SETTINGS, MAPPING.formatted("ece0977cd168554f"))));
  }

  @ParameterizedTest
  @CsvSource({
    "elasticsearch, 6.5.4, true, true, false",
    "elasticsearch, 7.7.1, true, false, false",
    "elasticsearch, 7.8.0, false, false, false",
    "elasticsearch, 7.17.29, false, false, false",
    "elasticsearch, 8.12.2, false, false, false",
    "elasticsearch, 8.13.0, false, false, true",
    "elasticsearch, 9.0.0, false, false, true",
    "opensearch, 1.3.14, false, false, false",
    "opensearch, 9.9, false, false, false",
    "unknown, '', false, false, false",
  })
  void suitsTheEngine(
      String distribution, String version, boolean legacy, boolean mappingType, boolean ignores)
      throws IOException {
    TemplateBody body = TemplateBody.of(settings(), new Engine(distribution, version));

    JsonNode json = JSON.readTree(body.json());
    assertThat(json.has("template")).isNotEqualTo(legacy);
    assertThat(body.path().startsWith("/_template/")).isEqualTo(legacy);
    assertThat(json.at("/mappings").has("_doc")).isEqualTo(mappingType);
    JsonNode fields =
        (legacy ? json : json.path("template")).at("/settings/index/mapping/total_fields");
    assertThat(fields.has("ignore_dynamic_beyond_limit")).isEqualTo(ignores);
  }

  @Test
  void leavesTheRefreshIntervalToTheEngine() {
    TemplateSettings settings = new TemplateSettings(List.of("a"), 1, 1, null, 1000, "default");

    assertThat(TemplateBody.of(settings, OPENSEARCH).json()).doesNotContain("refresh_interval");
  }

  @Test
  void knowsItselfInWhatAnEngineMakesOfIt() throws IOException {
    String json = TemplateBody.of(settings(), OPENSEARCH).json();
    String returned =
        json.replaceAll("(\"(?:number_of_\\w+|limit|ignore_malformed)\" : )(\\w+)", "$1\"$2\"")
            .replace("\"template\" : {", "\"composed_of\":[], \"template\": {\"aliases\":{},")
            .replaceFirst("\\{", "{\"created_date\":\"2026-01-01\",");

    TemplateComparison comparison = compare(returned);

    assertThat(returned).contains("\"500\"", "\"true\"", "\"2\"");
    assertThat(comparison).isEqualTo(new TemplateComparison(true, true, false, List.of()));
  }

  @Test
  void recognisesAnOlderAndANewerVersionOfItself() throws IOException {
    TemplateComparison older =
        compare(TemplateBody.of(settings(), OPENSEARCH, TemplateBody.VERSION - 1).json());
    TemplateComparison newer =
        compare(TemplateBody.of(settings(), OPENSEARCH, TemplateBody.VERSION + 1).json());

    assertThat(older.isOurs()).isTrue();
    assertThat(older.isIntact()).isTrue();
    assertThat(older.isNewer()).isFalse();
    assertThat(older.differences())
        .containsExactly("mappings._meta.version is 0, instead of 1", "version is 0, instead of 1");
    assertThat(newer.isIntact()).isTrue();
    assertThat(newer.isNewer()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"number_of_shards\" : 2 -> \"number_of_shards\" : 3",
        "\"a-*\" -> \"c-*\"",
        "\"priority\" : 200 -> \"priority\" : 300",
        "\"type\" : \"date\" -> \"type\" : \"keyword\"",
        "\"date_detection\" : false, -> ",
        "\"codec\" -> \"default_pipeline\" : \"p\", \"codec\"",
        "\"priority\" -> \"composed_of\" : [\"other\"], \"priority\"",
      })
  void noticesAChange(String change) throws IOException {
    String json = TemplateBody.of(settings(), OPENSEARCH).json();
    String[] fromTo = change.split(" -> ?", 2);
    assertThat(json).contains(fromTo[0]);

    TemplateComparison comparison = compare(json.replace(fromTo[0], fromTo[1]));

    assertThat(comparison.isOurs()).isTrue();
    assertThat(comparison.isIntact()).isFalse();
    assertThat(comparison.differences()).hasSizeBetween(1, 2);
  }

  @Test
  void takesWhatHasNoMarkForForeign() throws IOException {
    TemplateComparison comparison = compare("{\"index_patterns\":[\"x\"]}");

    assertThat(comparison.isOurs()).isFalse();
    assertThat(comparison.differences())
        .contains("index_patterns is x, instead of a-*, b")
        .hasSize(11)
        .last()
        .asString()
        .endsWith(" more");
  }

  @ParameterizedTest
  @CsvSource({
    "*, every index",
    "**, every index",
    ".kibana*, 'starts with \".\"'",
    "_all, 'starts with \"_\"'",
    "Events-*, 'has \"E\"'",
    "events *, 'has \" \"'",
    "a?, 'has \"?\"'",
  })
  void refusesPatternsThatNoIndexHasOrThatEveryIndexHas(String pattern, String fault) {
    assertThatThrownBy(
            () -> new TemplateSettings(List.of("fine-*", pattern), 1, 1, null, 1000, "default"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(fault)
        .hasMessageContaining("such as events-*");
  }

  private static TemplateComparison compare(String installed) throws IOException {
    String answer =
        "{\"index_templates\":[{\"name\":\"eventstream\",\"index_template\":" + installed + "}]}";
    return TemplateBody.of(settings(), OPENSEARCH).compare(answer.getBytes(UTF_8));
  }

  private static TemplateSettings settings() {
    return new TemplateSettings(
        List.of("b", "a-*", "b"), 2, 0, Duration.ofSeconds(5), 500, "best_compression");
  }
}

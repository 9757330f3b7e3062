package dev.eventstream.es.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/**
 * The engine of a cluster, as {@code GET /} reports it.
 *
 * @param distribution {@code elasticsearch} or {@code opensearch}
 * @param version for example {@code 6.5.4}
 */
public record Engine(String distribution, String version) {
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  /** An engine that is not reported, for example behind a proxy; treated as a current version. */
  public static final Engine UNKNOWN = new Engine("unknown", "");

  /** Reads the answer to {@code GET /}, in which only OpenSearch names its distribution. */
  public static Engine parse(byte[] answer) throws IOException {
    JsonNode version = MAPPER.readTree(answer).path("version");
    String number = version.path("number").asText("");
    if (number.isEmpty()) {
      return UNKNOWN;
    }
    return new Engine(version.path("distribution").asText("elasticsearch"), number);
  }

  /**
   * Whether a bulk operation must name a mapping type. Elasticsearch 6 and earlier require it,
   * Elasticsearch 7 accepts it with a warning, Elasticsearch 8 and OpenSearch 2 reject it.
   */
  public boolean needsMappingType() {
    return distribution.equals("elasticsearch") && major() <= 6;
  }

  private int major() {
    int dot = version.indexOf('.');
    try {
      return Integer.parseInt(dot < 0 ? version : version.substring(0, dot));
    } catch (NumberFormatException e) {
      return Integer.MAX_VALUE; // an unknown format, so a newer version
    }
  }

  @Override
  public String toString() {
    return version.isEmpty() ? distribution : distribution + " " + version;
  }
}

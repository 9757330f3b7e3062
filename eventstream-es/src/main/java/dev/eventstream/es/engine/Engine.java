package dev.eventstream.es.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/**
 * The engine at the other end, as it introduces itself at {@code GET /}.
 *
 * @param distribution {@code elasticsearch} or {@code opensearch}
 * @param version for example {@code 6.5.4}
 */
public record Engine(String distribution, String version) {
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  /** One that does not say what it is (a proxy may hide it): taken for a current one. */
  public static final Engine UNKNOWN = new Engine("unknown", "");

  /** Reads the answer to {@code GET /}; only OpenSearch names its distribution there. */
  public static Engine parse(byte[] answer) throws IOException {
    JsonNode version = MAPPER.readTree(answer).path("version");
    String number = version.path("number").asText("");
    if (number.isEmpty()) {
      return UNKNOWN;
    }
    return new Engine(version.path("distribution").asText("elasticsearch"), number);
  }

  /**
   * Whether a bulk operation must name a mapping type. Up to Elasticsearch 6 it must, 7 takes it
   * with a warning, 8 and OpenSearch 2 turn it down.
   */
  public boolean needsMappingType() {
    return distribution.equals("elasticsearch") && major() <= 6;
  }

  private int major() {
    int dot = version.indexOf('.');
    try {
      return Integer.parseInt(dot < 0 ? version : version.substring(0, dot));
    } catch (NumberFormatException e) {
      return Integer.MAX_VALUE; // unheard of, so newer than what we know
    }
  }

  @Override
  public String toString() {
    return version.isEmpty() ? distribution : distribution + " " + version;
  }
}

package dev.eventstream.es.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The engine of a cluster, as {@code GET /} reports it.
 *
 * @param distribution {@code elasticsearch} or {@code opensearch}
 * @param version for example {@code 6.5.4}
 */
public record Engine(String distribution, String version) {
  private static final Pattern NUMBERS = Pattern.compile("(\\d{1,9})(?:\\.(\\d{1,9}))?");
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
    return isElasticsearch() && isBefore(7, 0);
  }

  /**
   * Whether it has {@code _index_template}: Elasticsearch since 7.8, and every OpenSearch. Older
   * versions have {@code _template} only.
   */
  public boolean hasIndexTemplates() {
    return !isElasticsearch() || !isBefore(7, 8);
  }

  /**
   * Whether an index can store further fields without mapping them, when it has as many as it may:
   * {@code index.mapping.total_fields.ignore_dynamic_beyond_limit}, of Elasticsearch since 8.13.
   */
  public boolean canIgnoreFieldsBeyondLimit() {
    return isElasticsearch() && !isBefore(8, 13);
  }

  /**
   * Whether a write can depend on {@code if_seq_no} and {@code if_primary_term}: Elasticsearch
   * since 6.7, and every OpenSearch. Older versions have {@code version} only, which newer ones
   * reject.
   */
  public boolean hasConditionalWrites() {
    return !isElasticsearch() || !isBefore(6, 7);
  }

  /**
   * Whether it has the index privileges {@code create_doc} and {@code auto_configure}:
   * Elasticsearch since 7.9.
   */
  public boolean hasPrivilegesToIngest() {
    return isElasticsearch() && !isBefore(7, 9);
  }

  /** Whether the versions that eventstream is tested with include none as old as this one. */
  public boolean isTooOld() {
    return isElasticsearch() ? isBefore(6, 5) : distribution.equals("opensearch") && isBefore(1, 3);
  }

  /** Whether it is newer than the versions that eventstream is tested with. */
  public boolean isTooNew() {
    return isElasticsearch()
        ? !isBefore(10, 0)
        : distribution.equals("opensearch") && !isBefore(4, 0);
  }

  public boolean isElasticsearch() {
    return distribution.equals("elasticsearch");
  }

  /** False for a version of an unknown format, which is a newer one. */
  private boolean isBefore(int major, int minor) {
    Matcher numbers = NUMBERS.matcher(version);
    if (!numbers.lookingAt()) {
      return false;
    }
    int ownMajor = Integer.parseInt(numbers.group(1));
    int ownMinor = numbers.group(2) == null ? 0 : Integer.parseInt(numbers.group(2));
    return ownMajor < major || (ownMajor == major && ownMinor < minor);
  }

  @Override
  public String toString() {
    return version.isEmpty() ? distribution : distribution + " " + version;
  }
}

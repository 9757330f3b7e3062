package dev.eventstream.es.template;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eventstream.es.engine.Engine;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * The template as one engine takes it. Immutable.
 *
 * <p>Mapped are the members that a document has from the stream; other texts become keywords,
 * without a guess at dates. The levels below the third are stored, but not indexed, so that events
 * of any depth need a limited number of fields. docs/indices.md explains the choices.
 */
final class TemplateBody {
  /** The version of the template; to be raised with each change of it. */
  public static final int VERSION = 1;

  /** The name of the template in the cluster. */
  static final String NAME = "eventstream";

  /**
   * Above the built-in templates of the engines, which have up to 100, and with room for others.
   */
  private static final int PRIORITY = 200;

  /**
   * The longest indexed text in characters. Lucene rejects a document with a term of more than
   * 32,766 bytes; a character has up to 4.
   */
  private static final int IGNORE_ABOVE = 1024;

  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  private final ObjectNode json;
  private final TemplateFacts facts;
  private final boolean isIndexTemplate;

  private TemplateBody(ObjectNode json, boolean isIndexTemplate) {
    this.json = json;
    this.facts = new TemplateFacts(json);
    this.isIndexTemplate = isIndexTemplate;
  }

  /** The template with these settings for this engine. */
  public static TemplateBody of(TemplateSettings settings, Engine engine) {
    return of(settings, engine, VERSION);
  }

  /** The template as if it had another version, for tests. */
  static TemplateBody of(TemplateSettings settings, Engine engine, int version) {
    boolean isIndexTemplate = engine.hasIndexTemplates();
    ObjectNode json = MAPPER.createObjectNode();
    settings.patterns().forEach(json.putArray("index_patterns")::add);
    json.put(isIndexTemplate ? "priority" : "order", PRIORITY);
    json.put("version", version);
    ObjectNode content = isIndexTemplate ? json.putObject("template") : json;
    putSettings(content.putObject("settings").putObject("index"), settings, engine);
    ObjectNode mappings = content.putObject("mappings");
    ObjectNode mapping = engine.needsMappingType() ? mappings.putObject("_doc") : mappings;
    ObjectNode mark = mapping.putObject("_meta");
    mark.put("managed_by", IndexTemplate.MANAGED_BY).put("version", version);
    putMapping(mapping);
    mark.put("checksum", new TemplateFacts(json).checksum());
    return new TemplateBody(json, isIndexTemplate);
  }

  private static void putSettings(ObjectNode index, TemplateSettings settings, Engine engine) {
    index.put("number_of_shards", settings.shards());
    index.put("number_of_replicas", settings.replicas());
    Duration refreshInterval = settings.refreshInterval();
    if (refreshInterval != null) {
      index.put("refresh_interval", refreshInterval.toMillis() + "ms");
    }
    index.put("codec", settings.codec());
    ObjectNode mapping = index.putObject("mapping");
    mapping.put("ignore_malformed", true);
    ObjectNode fields = mapping.putObject("total_fields").put("limit", settings.fieldLimit());
    if (engine.canIgnoreFieldsBeyondLimit()) {
      fields.put("ignore_dynamic_beyond_limit", true);
    }
  }

  private static void putMapping(ObjectNode mapping) {
    mapping.put("date_detection", false);
    mapping.put("numeric_detection", false);
    ObjectNode deep = MAPPER.createObjectNode();
    ObjectNode deepObjects = deep.putObject("deep_objects");
    deepObjects.put("path_match", "*.*.*.*").put("match_mapping_type", "object");
    putNotIndexed(deepObjects.putObject("mapping"));
    ObjectNode texts = MAPPER.createObjectNode();
    ObjectNode strings = texts.putObject("strings").put("match_mapping_type", "string");
    putKeyword(strings.putObject("mapping"));
    mapping.putArray("dynamic_templates").add(deep).add(texts);
    ObjectNode properties = mapping.putObject("properties");
    properties.putObject("@timestamp").put("type", "date");
    for (String name : List.of("eventType", "eventValue", "eventId")) {
      ObjectNode field = properties.putObject(name);
      putKeyword(field);
      // As an engine maps texts by itself, so that one query finds old and new indices.
      putKeyword(field.putObject("fields").putObject("keyword"));
    }
    putKeyword(properties.putObject("_mapping_failure"));
    // Of a document that was written without its unmapped parts. A disabled object can be a text.
    putNotIndexed(properties.putObject("event").putObject("properties").putObject("original"));
  }

  private static void putKeyword(ObjectNode field) {
    field.put("type", "keyword").put("ignore_above", IGNORE_ABOVE);
  }

  private static void putNotIndexed(ObjectNode field) {
    field.put("type", "object").put("enabled", false);
  }

  /** The path of the template in the API of the engine. */
  public String path() {
    return (isIndexTemplate ? "/_index_template/" : "/_template/") + NAME;
  }

  /** The body for a {@code PUT} to {@link #path()}. */
  public String json() {
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Compares this template with the one of the cluster.
   *
   * @param answer to a {@code GET} of {@link #path()}
   */
  public TemplateComparison compare(byte[] answer) throws IOException {
    return TemplateComparison.of(facts, MAPPER.readTree(answer));
  }
}

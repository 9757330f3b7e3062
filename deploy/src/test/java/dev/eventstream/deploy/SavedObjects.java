package dev.eventstream.deploy;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What is imported into Kibana or OpenSearch Dashboards. */
enum SavedObjects {
  /** An object names others by their ids, wherever it needs them. */
  KIBANA("elasticsearch:6.5.4") {
    @Override
    List<JsonNode> read() throws IOException {
      List<JsonNode> objects = new ArrayList<>();
      JSON.readTree(Path.of("kibana", "eventstream.json").toFile()).forEach(objects::add);
      return objects;
    }

    @Override
    String indexPattern(JsonNode object) {
      return searchSource(object).required("index").textValue();
    }

    @Override
    String panel(JsonNode dashboard, JsonNode panel) {
      return panel.required("type").textValue() + ":" + panel.required("id").textValue();
    }
  },

  /** An object has a list of those that it needs, and names them as they are named there. */
  OPENSEARCH_DASHBOARDS("opensearch:2.19.6") {
    @Override
    List<JsonNode> read() throws IOException {
      List<JsonNode> objects = new ArrayList<>();
      for (String line :
          Files.readAllLines(Path.of("opensearch-dashboards", "eventstream.ndjson"))) {
        objects.add(JSON.readTree(line));
      }
      return objects;
    }

    @Override
    String indexPattern(JsonNode object) {
      String name = searchSource(object).required("indexRefName").textValue();
      return reference(object, name).substring("index-pattern:".length());
    }

    @Override
    String panel(JsonNode dashboard, JsonNode panel) {
      return reference(dashboard, panel.required("panelRefName").textValue());
    }
  };

  static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final String engine;

  SavedObjects(String engine) {
    this.engine = engine;
  }

  /** The engine that the product goes with. */
  String engine() {
    return engine;
  }

  abstract List<JsonNode> read() throws IOException;

  /** The id of the index pattern from which a visualization or a search draws. */
  abstract String indexPattern(JsonNode object);

  /** Type and id of what a dashboard shows in a panel. */
  abstract String panel(JsonNode dashboard, JsonNode panel);

  /** All objects by type and id. */
  Map<String, JsonNode> byKey() {
    Map<String, JsonNode> byKey = new TreeMap<>();
    try {
      for (JsonNode object : read()) {
        if (byKey.put(key(object), object) != null) {
          throw new IllegalStateException(key(object) + " is there twice");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return byKey;
  }

  List<JsonNode> ofType(String type) {
    return byKey().values().stream()
        .filter(object -> object.required("type").textValue().equals(type))
        .toList();
  }

  /** The indices that an index pattern stands for. */
  String indices(String indexPattern) {
    return attribute(
        requireNonNull(byKey().get("index-pattern:" + indexPattern), indexPattern), "title");
  }

  static String key(JsonNode object) {
    return object.required("type").textValue() + ":" + object.required("id").textValue();
  }

  static String attribute(JsonNode object, String name) {
    return object.required("attributes").required(name).textValue();
  }

  /** JSON within a text of an object's attributes. */
  static JsonNode nested(JsonNode object, String attribute) {
    return parse(attribute(object, attribute));
  }

  static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  static JsonNode searchSource(JsonNode object) {
    return parse(
        object
            .required("attributes")
            .required("kibanaSavedObjectMeta")
            .required("searchSourceJSON")
            .textValue());
  }

  private static String reference(JsonNode object, String name) {
    for (JsonNode reference : object.required("references")) {
      if (reference.required("name").textValue().equals(name)) {
        return key(reference);
      }
    }
    throw new IllegalStateException(key(object) + " has no reference " + name);
  }
}

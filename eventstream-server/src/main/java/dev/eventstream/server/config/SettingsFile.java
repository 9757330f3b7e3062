package dev.eventstream.server.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * A file of settings, in YAML or as properties. The parts of a name can be joined by hyphens or
 * dots, or be nested: {@code spool-dir}, {@code spool.dir}, or {@code dir} below {@code spool}. A
 * list is equivalent to its elements, separated by commas.
 */
final class SettingsFile {
  private SettingsFile() {}

  /**
   * Reads a file.
   *
   * @return values by {@linkplain Setting#key key}
   * @throws IOException if it cannot be read; with the remedy
   */
  static Map<String, String> read(Path file) throws IOException {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    Map<String, String> settings = new TreeMap<>();
    if (name.endsWith(".properties")) {
      properties(file, settings);
    } else if (name.endsWith(".yaml") || name.endsWith(".yml")) {
      yaml(file, settings);
    } else {
      throw new IOException("name it .yaml, .yml or .properties, according to its format");
    }
    return settings;
  }

  private static void properties(Path file, Map<String, String> into) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, UTF_8)) {
      properties.load(reader);
    } catch (IllegalArgumentException e) {
      throw new IOException("it cannot be read as properties: " + e.getMessage(), e);
    }
    for (String name : properties.stringPropertyNames()) {
      put(name, properties.getProperty(name), into);
    }
  }

  private static void yaml(Path file, Map<String, String> into) throws IOException {
    YAMLMapper mapper =
        new YAMLMapper(
            YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());
    JsonNode root;
    try {
      root = mapper.readTree(Files.readString(file, UTF_8));
    } catch (JacksonException e) { // its message quotes the file, which holds secrets
      String where = e.getLocation() == null ? "" : " in line " + e.getLocation().getLineNr();
      throw new IOException(
          "it cannot be read as YAML"
              + where
              + "; write each setting once, as \"name: value\", and put a value with special"
              + " characters in quotes");
    }
    if (root.isObject()) {
      flatten("", root, into);
    } else if (!root.isMissingNode() && !root.isNull()) {
      throw new IOException("write settings as \"name: value\", one per line");
    }
  }

  private static void flatten(String prefix, JsonNode node, Map<String, String> into)
      throws IOException {
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      String name = prefix + member.getKey();
      JsonNode value = member.getValue();
      if (value.isObject()) {
        flatten(name + "-", value, into);
      } else if (value instanceof ArrayNode array) {
        List<String> elements = new ArrayList<>();
        for (JsonNode element : array) {
          if (element.isContainerNode()) {
            throw new IOException(name + " is a list of lists; write a flat list");
          }
          elements.add(element.asText());
        }
        put(name, String.join(",", elements), into);
      } else if (!value.isNull()) {
        put(name, value.asText(), into);
      }
    }
  }

  private static void put(String name, String text, Map<String, String> into) throws IOException {
    String key = name.toLowerCase(Locale.ROOT).replace('.', '-').replace('_', '-');
    if (into.put(key, text) != null) {
      throw new IOException(key + " is set twice in it; remove one");
    }
  }
}

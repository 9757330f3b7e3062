package dev.eventstream.es.template;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.es.engine.FlatJson;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A template in a form that all engines agree on: the path and the text of each value. Engines
 * return settings as text, nested or not, with or without {@code index.}; they add empty members,
 * and newer ones add dates.
 */
final class TemplateFacts {
  /** Where a template holds the checksum of its other values. */
  private static final String CHECKSUM = "mappings._meta.checksum";

  /** How many differences are worth reading. */
  private static final int MAX_DIFFERENCES = 10;

  private final SortedMap<String, String> values = new TreeMap<>();
  private final String checksum;

  /**
   * Reads a template.
   *
   * @param template the body of a {@code PUT}, or the same from the answer to a {@code GET}
   */
  TemplateFacts(JsonNode template) {
    TreeSet<String> patterns = new TreeSet<>();
    template.path("index_patterns").forEach(pattern -> patterns.add(pattern.asText()));
    values.put("index_patterns", String.join(", ", patterns));
    for (String name : List.of("order", "priority", "version", "composed_of", "data_stream")) {
      add(name, template.path(name));
    }
    JsonNode content = template.has("template") ? template.path("template") : template;
    add("aliases", content.path("aliases"));
    JsonNode mappings = content.path("mappings");
    add("mappings", mappings.has("_doc") ? mappings.path("_doc") : mappings);
    SortedMap<String, String> settings = new TreeMap<>();
    FlatJson.add("", content.path("settings"), settings);
    settings.forEach(
        (name, value) ->
            values.put("settings." + (name.startsWith("index.") ? "" : "index.") + name, value));
    String found = values.remove(CHECKSUM);
    this.checksum = found == null ? "" : found;
  }

  private void add(String path, JsonNode node) {
    FlatJson.add(path, node, values);
  }

  /** The value at a path; empty if there is none. */
  String get(String path) {
    return values.getOrDefault(path, "");
  }

  /** The checksum of all values but its own. */
  String checksum() {
    return FlatJson.checksum(values);
  }

  /** Whether the template is as it was written: it has the checksum of its values. */
  boolean isIntact() {
    return checksum.equals(checksum());
  }

  /** What is different here from the wanted template, one line each; a limited number. */
  List<String> differencesFrom(TemplateFacts wanted) {
    TreeSet<String> paths = new TreeSet<>(values.keySet());
    paths.addAll(wanted.values.keySet());
    List<String> differences = new ArrayList<>();
    for (String path : paths) {
      String here = values.get(path);
      String there = wanted.values.get(path);
      if (here == null) {
        differences.add(path + " is missing, instead of " + there);
      } else if (there == null) {
        differences.add(path + " is " + here + ", instead of nothing");
      } else if (!here.equals(there)) {
        differences.add(path + " is " + here + ", instead of " + there);
      }
    }
    if (differences.size() > MAX_DIFFERENCES) {
      int more = differences.size() - MAX_DIFFERENCES;
      differences.subList(MAX_DIFFERENCES, differences.size()).clear();
      differences.add(more + " more");
    }
    return differences;
  }
}

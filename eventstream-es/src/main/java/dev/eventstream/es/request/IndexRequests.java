package dev.eventstream.es.request;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.es.ClusterRefusedException;
import java.io.IOException;
import java.net.URLEncoder;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Requests about indices that names or patterns select. */
public final class IndexRequests {

  private IndexRequests() {}

  /**
   * Finds the indices behind an index, an alias, or a pattern with {@code *}.
   *
   * @return their names, each with a code that no other index has; empty if there is no such index
   */
  public static SortedMap<String, String> resolve(JsonRequests requests, String expression)
      throws IOException, InterruptedException {
    Map<String, String> codes = Map.of("filter_path", "*.settings.index.uuid");
    SortedMap<String, String> indices = new TreeMap<>();
    try {
      JsonNode found = requests.send("GET", path(expression, "_settings"), codes, null);
      for (Map.Entry<String, JsonNode> index : found.properties()) {
        indices.put(index.getKey(), index.getValue().at("/settings/index/uuid").asText());
      }
    } catch (ClusterRefusedException e) {
      if (e.status() != 404) {
        throw e;
      }
    }
    return indices;
  }

  /** Counts all documents of an index, also those that searches do not see yet. */
  public static long count(JsonRequests requests, String index)
      throws IOException, InterruptedException {
    requests.send("POST", path(index, "_refresh"));
    JsonNode answer = requests.send("GET", path(index, "_count"));
    JsonNode shards = answer.path("_shards");
    if (shards.path("successful").asInt() != shards.path("total").asInt()) {
      throw new IOException("not all shards of " + index + " are available");
    }
    return answer.path("count").asLong();
  }

  /** Returns the path of an API of indices. */
  public static String path(String indices, String api) {
    return "/" + URLEncoder.encode(indices, UTF_8) + "/" + api;
  }

  /**
   * Tells which names are selected.
   *
   * @param patterns names, with {@code *} for any characters; empty: all, except those that begin
   *     with a dot
   */
  public static Predicate<String> matcher(Collection<String> patterns) {
    if (patterns.isEmpty()) {
      return name -> !name.startsWith(".");
    }
    String regex =
        patterns.stream()
            .map(
                pattern ->
                    Arrays.stream(pattern.split("\\*", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*")))
            .collect(Collectors.joining("|"));
    return Pattern.compile(regex).asMatchPredicate();
  }
}

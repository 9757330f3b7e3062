package dev.eventstream.es;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.eventstream.es.index.TemplateBody;
import java.io.IOException;
import java.net.URLEncoder;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** The indices of a cluster. */
public final class Indices {
  private static final Map<String, String> LIST =
      Map.of(
          "format",
          "json",
          "bytes",
          "b",
          "h",
          "index,health,status,pri,rep,docs.count,store.size,pri.store.size,creation.date");

  /** In Elasticsearch 6, the mapping is below the name of its type. */
  private static final Map<String, String> MARKS =
      Map.of(
          "expand_wildcards",
          "open,closed",
          "filter_path",
          "*.mappings._meta.managed_by,*.mappings._doc._meta.managed_by");

  private static final int LONGEST_SELECTION = 2_000; // engines accept request lines of 4 KiB

  private Indices() {}

  /**
   * Lists indices by name.
   *
   * @param patterns names, with {@code *} for any characters; empty: all, except those whose names
   *     begin with a dot, as the engine's own do
   * @throws ClusterRefusedException if the cluster rejects the request
   * @throws IOException if it does not answer
   */
  public static List<IndexInfo> list(ElasticsearchSink sink, Collection<String> patterns)
      throws IOException, InterruptedException {
    return list(new JsonRequests(sink.cluster()), patterns, true);
  }

  /**
   * Lists indices by name.
   *
   * @param withMarks whether to find out which have the template, which is expensive in a cluster
   *     of many fields
   */
  static List<IndexInfo> list(JsonRequests requests, Collection<String> patterns, boolean withMarks)
      throws IOException, InterruptedException {
    Predicate<String> isWanted = matcher(patterns);
    // The engine answers 404 if an index is not there that is named without a wildcard.
    boolean canSelect = !patterns.isEmpty() && patterns.stream().allMatch(p -> p.contains("*"));
    String selection = canSelect ? "/" + String.join(",", patterns) : "";
    String selected = selection.length() <= LONGEST_SELECTION ? selection : "";
    JsonNode indices = requests.send("GET", "/_cat/indices" + selected, LIST, null);
    JsonNode marks =
        withMarks
            ? requests.send("GET", selected + "/_mapping", MARKS, null)
            : MissingNode.getInstance();
    return StreamSupport.stream(indices.spliterator(), false)
        .filter(index -> isWanted.test(index.path("index").asText()))
        .map(index -> info(index, marks))
        .sorted(Comparator.comparing(IndexInfo::name))
        .toList();
  }

  /**
   * Finds the indices behind an index, an alias, or a pattern with {@code *}.
   *
   * @return their names, each with a code that no other index has; empty if there is no such index
   */
  static SortedMap<String, String> resolve(JsonRequests requests, String expression)
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
  static long count(JsonRequests requests, String index) throws IOException, InterruptedException {
    requests.send("POST", path(index, "_refresh"));
    JsonNode answer = requests.send("GET", path(index, "_count"));
    JsonNode shards = answer.path("_shards");
    if (shards.path("successful").asInt() != shards.path("total").asInt()) {
      throw new IOException("not all shards of " + index + " are available");
    }
    return answer.path("count").asLong();
  }

  /** Returns the path of an API of indices. */
  static String path(String indices, String api) {
    return "/" + URLEncoder.encode(indices, UTF_8) + "/" + api;
  }

  static Predicate<String> matcher(Collection<String> patterns) {
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

  private static IndexInfo info(JsonNode index, JsonNode marks) {
    String name = index.path("index").asText();
    JsonNode mappings = marks.path(name).path("mappings");
    JsonNode mark = mappings.has("_doc") ? mappings.path("_doc") : mappings;
    return new IndexInfo(
        name,
        index.path("health").asText(""),
        index.path("status").asText().equals("open"),
        index.path("docs.count").asLong(),
        index.path("store.size").asLong(),
        index.path("pri.store.size").asLong(),
        index.path("pri").asInt(),
        index.path("rep").asInt(),
        Instant.ofEpochMilli(index.path("creation.date").asLong()),
        mark.at("/_meta/managed_by").asText("").equals(TemplateBody.MANAGED_BY));
  }
}

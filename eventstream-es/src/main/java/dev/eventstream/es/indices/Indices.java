package dev.eventstream.es.indices;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.request.IndexRequests;
import dev.eventstream.es.request.JsonRequests;
import dev.eventstream.es.template.IndexTemplate;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
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
    return list(sink, patterns, true);
  }

  /**
   * Like {@link #list(ElasticsearchSink, Collection)}.
   *
   * @param withMarks whether to find out which have the template, which is expensive in a cluster
   *     of many fields
   */
  public static List<IndexInfo> list(
      ElasticsearchSink sink, Collection<String> patterns, boolean withMarks)
      throws IOException, InterruptedException {
    return list(new JsonRequests(sink.cluster()), patterns, withMarks);
  }

  static List<IndexInfo> list(JsonRequests requests, Collection<String> patterns, boolean withMarks)
      throws IOException, InterruptedException {
    Predicate<String> isWanted = IndexRequests.matcher(patterns);
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
        mark.at("/_meta/managed_by").asText("").equals(IndexTemplate.MANAGED_BY));
  }
}

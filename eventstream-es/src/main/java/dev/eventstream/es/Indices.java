package dev.eventstream.es;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eventstream.es.bulk.RequestFailure;
import dev.eventstream.es.connect.Answer;
import dev.eventstream.es.connect.Cluster;
import dev.eventstream.es.index.TemplateBody;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.opensearch.client.opensearch.generic.Request;
import org.opensearch.client.opensearch.generic.Requests;

/** The indices of a cluster. */
public final class Indices {
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  private static final Request LIST =
      get(
          "/_cat/indices",
          Map.of(
              "format",
              "json",
              "bytes",
              "b",
              "h",
              "index,health,status,pri,rep,docs.count,store.size,creation.date"));

  /** In Elasticsearch 6, the mapping is below the name of its type. */
  private static final Request MARKS =
      get(
          "/_mapping",
          Map.of("filter_path", "*.mappings._meta.managed_by,*.mappings._doc._meta.managed_by"));

  private Indices() {}

  private static Request get(String path, Map<String, String> parameters) {
    return Requests.builder().method("GET").endpoint(path).query(parameters).build();
  }

  /**
   * Lists indices by name.
   *
   * @param patterns names, with {@code *} for any characters; empty: all, except those whose names
   *     begin with a dot, as the engine's own do
   * @return fails with an {@link IOException} if the cluster does not answer or rejects the request
   */
  public static CompletionStage<List<IndexInfo>> list(
      ElasticsearchSink sink, Collection<String> patterns) {
    Cluster cluster = sink.cluster();
    Predicate<String> isWanted = matcher(patterns);
    return ask(cluster, LIST)
        .thenCombine(
            ask(cluster, MARKS),
            (indices, marks) ->
                StreamSupport.stream(indices.spliterator(), false)
                    .filter(index -> isWanted.test(index.path("index").asText()))
                    .map(index -> info(index, marks))
                    .sorted(Comparator.comparing(IndexInfo::name))
                    .toList());
  }

  private static Predicate<String> matcher(Collection<String> patterns) {
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
        index.path("pri").asInt(),
        index.path("rep").asInt(),
        Instant.ofEpochMilli(index.path("creation.date").asLong()),
        mark.at("/_meta/managed_by").asText("").equals(TemplateBody.MANAGED_BY));
  }

  private static CompletionStage<JsonNode> ask(Cluster cluster, Request request) {
    return cluster
        .execute(request)
        .exceptionally(
            error -> {
              throw new CompletionException(
                  RequestFailure.of(cluster.name(), error).asException(error));
            })
        .thenApply(answer -> read(cluster, answer));
  }

  private static JsonNode read(Cluster cluster, Answer answer) {
    InputStream body = answer.body();
    try {
      if (answer.status() >= 300 || body == null) {
        throw new IOException(RequestFailure.of(cluster.name(), answer).reason());
      }
      return MAPPER.readTree(body);
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }
}

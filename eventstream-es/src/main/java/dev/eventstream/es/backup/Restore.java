package dev.eventstream.es.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.backup.Backups.Backup;
import dev.eventstream.es.backup.Backups.Progress;
import dev.eventstream.es.backup.Backups.RestorePlan;
import dev.eventstream.es.backup.Backups.Restored;
import dev.eventstream.es.indices.IndexInfo;
import dev.eventstream.es.indices.Indices;
import dev.eventstream.es.request.IndexRequests;
import dev.eventstream.es.request.JsonRequests;
import dev.eventstream.es.request.Polling;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Restores indices from a snapshot. Thread-safe. */
final class Restore {
  private static final Pattern PREFIX = Pattern.compile("([a-z0-9][a-z0-9._-]*)?");

  private final ElasticsearchSink sink;
  private final JsonRequests requests;
  private final String repositoryPath;

  Restore(ElasticsearchSink sink, String repositoryPath) {
    this.sink = sink;
    this.requests = new JsonRequests(sink.cluster());
    this.repositoryPath = repositoryPath;
  }

  /** See {@link Backups#planRestore}. */
  RestorePlan plan(Backup backup, Collection<String> patterns, String prefix, boolean replaceClosed)
      throws IOException, InterruptedException {
    if (!PREFIX.matcher(prefix).matches()) {
      throw new IllegalArgumentException(
          "the prefix is \"" + prefix + "\"; use lower case letters, digits and . _ -");
    }
    List<String> indices =
        backup.indices().stream().filter(IndexRequests.matcher(patterns)).toList();
    if (indices.isEmpty()) {
      throw new IOException(
          "the backup "
              + backup.name()
              + " contains no index"
              + (patterns.isEmpty() ? "" : " that matches " + String.join(",", patterns)));
    }
    List<String> targets = indices.stream().map(index -> prefix + index).toList();
    List<IndexInfo> existing = Indices.list(sink, targets);
    Map<Boolean, List<IndexInfo>> byReplaced =
        existing.stream()
            .collect(Collectors.partitioningBy(index -> replaceClosed && !index.isOpen()));
    return new RestorePlan(
        backup,
        prefix,
        indices,
        byReplaced.getOrDefault(true, List.of()),
        byReplaced.getOrDefault(false, List.of()));
  }

  /** See {@link Backups#restore}. */
  List<Restored> run(RestorePlan plan, Progress progress) throws IOException, InterruptedException {
    if (!plan.conflicts().isEmpty()) {
      throw new IllegalArgumentException("these indices exist: " + plan.conflicts());
    }
    ObjectNode body = Backups.request(plan.indices());
    body.put("include_aliases", plan.prefix().isEmpty());
    if (!plan.prefix().isEmpty()) {
      body.put("rename_pattern", "(.+)").put("rename_replacement", plan.prefix() + "$1");
    }
    String path = repositoryPath + "/" + plan.backup().name() + "/_restore";
    requests.send("POST", path, Map.of(), body.toString());
    Set<String> restored =
        plan.indices().stream().map(index -> plan.prefix() + index).collect(Collectors.toSet());
    Polling polling = new Polling();
    while (isRunning(restored)) {
      if (polling.isReportDue()) {
        List<JsonNode> shards = primaries(restored);
        progress.shards((int) shards.stream().filter(Restore::isStarted).count(), shards.size());
      }
      polling.pause();
    }
    List<JsonNode> failed =
        primaries(restored).stream().filter(shard -> !isStarted(shard)).toList();
    if (!failed.isEmpty()) {
      throw new IOException(notRestored(failed));
    }
    return count(restored);
  }

  /** Engines remove a restore from the state of the cluster when it has succeeded or failed. */
  private boolean isRunning(Set<String> indices) throws IOException, InterruptedException {
    Map<String, String> filter = Map.of("filter_path", "restore.snapshots.indices");
    JsonNode state = requests.send("GET", "/_cluster/state/customs", filter, null);
    return stream(state.at("/restore/snapshots"))
        .flatMap(restore -> stream(restore.path("indices")))
        .anyMatch(index -> indices.contains(index.asText()));
  }

  /** Not only those of these indices, whose names would make the path too long. */
  private List<JsonNode> primaries(Set<String> indices) throws IOException, InterruptedException {
    String columns = "index,shard,prirep,state,unassigned.details";
    Map<String, String> parameters = Map.of("format", "json", "h", columns);
    return stream(requests.send("GET", "/_cat/shards", parameters, null))
        .filter(shard -> shard.path("prirep").asText().equals("p"))
        .filter(shard -> indices.contains(shard.path("index").asText()))
        .toList();
  }

  private static boolean isStarted(JsonNode shard) {
    String state = shard.path("state").asText();
    return state.equals("STARTED") || state.equals("RELOCATING");
  }

  private static String notRestored(List<JsonNode> failed) {
    return failed.stream()
        .map(
            shard ->
                shard.path("index").asText()
                    + " shard "
                    + shard.path("shard").asText()
                    + ": "
                    + shard.path("unassigned.details").asText("no reason given"))
        .collect(
            Collectors.joining(
                "; ",
                "these shards were not restored; delete their indices before you try again: ",
                ""));
  }

  private List<Restored> count(Set<String> indices) throws IOException, InterruptedException {
    List<Restored> counts = new ArrayList<>();
    for (String index : indices.stream().sorted().toList()) {
      long documents = requests.send("GET", "/" + index + "/_count").path("count").asLong();
      counts.add(new Restored(index, documents));
    }
    return counts;
  }

  private static Stream<JsonNode> stream(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }
}

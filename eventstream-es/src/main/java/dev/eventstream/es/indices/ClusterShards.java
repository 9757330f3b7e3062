package dev.eventstream.es.indices;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.request.JsonRequests;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;

/**
 * How many shards a cluster has, and may have.
 *
 * @param shards the copies of all shards, also those that are not assigned to a node
 * @param limit from which on it creates no more indices; Elasticsearch 6 only warns. 0: it does not
 *     say
 * @param largestBytes the mean size of the primary shards of the index of events in which it is
 *     largest
 */
public record ClusterShards(int shards, int limit, long largestBytes) {

  private static final Map<String, String> LIMIT =
      Map.of("include_defaults", "true", "filter_path", "*.cluster.max_shards_per_node");

  /**
   * Asks the cluster, and waits for it.
   *
   * @param patterns of the names of the indices of events; empty: all, except those whose names
   *     begin with a dot
   * @throws ClusterRefusedException if the cluster refuses. The privilege {@code monitor} for the
   *     cluster is needed
   * @throws IOException if it does not answer
   */
  public static ClusterShards of(ElasticsearchSink sink, Collection<String> patterns)
      throws IOException, InterruptedException {
    JsonRequests requests = new JsonRequests(sink.cluster());
    JsonNode health = requests.send("GET", "/_cluster/health");
    JsonNode settings = requests.send("GET", "/_cluster/settings", LIMIT, null);
    int perNode = 0;
    for (String level : new String[] {"transient", "persistent", "defaults"}) {
      JsonNode value = settings.path(level).path("cluster").path("max_shards_per_node");
      if (value.isTextual()) {
        perNode = value.asInt();
        break;
      }
    }
    return new ClusterShards(
        health.path("active_shards").asInt()
            + health.path("initializing_shards").asInt()
            + health.path("unassigned_shards").asInt(),
        perNode * health.path("number_of_data_nodes").asInt(),
        Indices.list(requests, patterns, false).stream()
            .mapToLong(IndexInfo::shardBytes)
            .max()
            .orElse(0));
  }
}

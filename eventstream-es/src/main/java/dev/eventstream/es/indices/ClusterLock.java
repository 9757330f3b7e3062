package dev.eventstream.es.indices;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.engine.Engine;
import dev.eventstream.es.request.JsonRequests;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A lock that one process holds at a time: a document in the cluster with a time at which it
 * expires. It relies on clocks that differ by less than that time.
 */
final class ClusterLock {
  /** The name begins with a dot, so that no index of events has it. */
  static final String INDEX = ".eventstream-locks";

  private final JsonRequests requests;
  private final Engine engine;
  private final String path;

  ClusterLock(JsonRequests requests, Engine engine, String name) {
    this.requests = requests;
    this.engine = engine;
    this.path = "/" + INDEX + "/_doc/" + name;
  }

  /**
   * Acquires the lock if nobody holds it.
   *
   * @param holder for people
   * @return who holds it; empty: this process
   */
  Optional<String> acquire(String holder, Instant now, Duration time)
      throws IOException, InterruptedException {
    JsonNode held = get();
    Map<String, String> condition;
    if (held.path("found").asBoolean(false)) {
      JsonNode lock = held.path("_source");
      if (now.toEpochMilli() < lock.path("until").asLong()) {
        return Optional.of(lock.path("holder").asText());
      }
      condition = unchanged(held);
    } else {
      createIndex();
      condition = Map.of("op_type", "create");
    }
    try {
      put(holder, now.plus(time), condition);
      return Optional.empty();
    } catch (ClusterRefusedException e) {
      if (e.status() == 409) {
        return Optional.of("another process");
      }
      throw e;
    }
  }

  /** Releases the lock that this process holds. */
  void release(String holder) throws IOException, InterruptedException {
    JsonNode held = get();
    if (held.at("/_source/holder").asText().equals(holder)) {
      put(holder, Instant.EPOCH, unchanged(held));
    }
  }

  private JsonNode get() throws IOException, InterruptedException {
    try {
      return requests.send("GET", path);
    } catch (ClusterRefusedException e) {
      if (e.status() == 404) {
        return MissingNode.getInstance();
      }
      throw e;
    }
  }

  private void put(String holder, Instant until, Map<String, String> condition)
      throws IOException, InterruptedException {
    String lock =
        JsonNodeFactory.instance
            .objectNode()
            .put("holder", holder)
            .put("until", until.toEpochMilli())
            .toString();
    requests.send("PUT", path, condition, lock);
  }

  /** The condition that nobody has written the document since it was read. */
  private Map<String, String> unchanged(JsonNode document) {
    return engine.hasConditionalWrites()
        ? Map.of(
            "if_seq_no",
            document.path("_seq_no").asText(),
            "if_primary_term",
            document.path("_primary_term").asText())
        : Map.of("version", document.path("_version").asText());
  }

  private void createIndex() throws IOException, InterruptedException {
    String mapping = "{\"enabled\":false}";
    String mappings = engine.needsMappingType() ? "{\"_doc\":" + mapping + "}" : mapping;
    String settings = "{\"number_of_shards\":1,\"auto_expand_replicas\":\"0-1\"}";
    try {
      requests.send(
          "PUT",
          "/" + INDEX,
          Map.of(),
          "{\"settings\":" + settings + ",\"mappings\":" + mappings + "}");
    } catch (ClusterRefusedException e) {
      if (!e.saysAlreadyExists()) {
        throw e;
      }
    }
  }
}

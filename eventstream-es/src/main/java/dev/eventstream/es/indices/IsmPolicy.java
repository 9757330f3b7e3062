package dev.eventstream.es.indices;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eventstream.es.engine.FlatJson;
import dev.eventstream.es.indices.Retention.Action;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A policy of OpenSearch's Index State Management: what happens to an index, and at which age since
 * its creation. Its description carries a mark and a checksum of its contents, so that a policy of
 * others, or one that somebody has changed, is not replaced.
 *
 * @param name of the policy in the cluster
 * @param ages since the creation of an index; at least one
 */
record IsmPolicy(String name, EnumMap<Action, Duration> ages) {
  private static final String MARK = "Managed by eventstream, checksum ";

  IsmPolicy {
    EnumMap<Action, Duration> all = ages;
    EnumMap<Action, Duration> used = new EnumMap<>(all);
    // An index passes through the states in order, so a stronger action must not come first.
    used.keySet().removeIf(weaker -> isOvertaken(weaker, all));
    ages = used;
  }

  private static boolean isOvertaken(Action weaker, Map<Action, Duration> ages) {
    return ages.entrySet().stream()
        .anyMatch(
            other ->
                other.getKey().compareTo(weaker) > 0
                    && other.getValue().compareTo(ages.get(weaker)) <= 0);
  }

  /** What the cluster has under the name of a policy. */
  enum Found {
    /** The same policy. */
    CURRENT,
    /** A policy of eventstream with other ages. */
    OUTDATED,
    /** A policy of eventstream that somebody has changed. */
    CHANGED,
    /** A policy without the mark of eventstream. */
    FOREIGN
  }

  /** Compares it with a policy that the engine has returned. */
  Found compare(JsonNode policy) {
    String description = policy.path("description").asText();
    if (!description.startsWith(MARK)) {
      return Found.FOREIGN;
    }
    String checksum = checksum(policy);
    if (!description.equals(MARK + checksum)) {
      return Found.CHANGED;
    }
    return checksum.equals(checksum(states())) ? Found.CURRENT : Found.OUTDATED;
  }

  /** The body of the request that installs it. */
  ObjectNode body() {
    ObjectNode policy = states();
    policy.put("description", MARK + checksum(policy));
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.set("policy", policy);
    return body;
  }

  private ObjectNode states() {
    ObjectNode policy = JsonNodeFactory.instance.objectNode();
    ArrayNode states = policy.put("default_state", "new").putArray("states");
    ObjectNode state = states.addObject().put("name", "new");
    state.putArray("actions");
    for (Map.Entry<Action, Duration> age : ages.entrySet()) {
      String next = state(age.getKey());
      state
          .putArray("transitions")
          .addObject()
          .put("state_name", next)
          .putObject("conditions")
          .put("min_index_age", minutes(age.getValue()));
      state = states.addObject().put("name", next);
      ObjectNode action = state.putArray("actions").addObject();
      switch (age.getKey()) {
        case REMOVE_REPLICAS -> action.putObject("replica_count").put("number_of_replicas", 0);
        case CLOSE -> action.putObject("close");
        case DELETE -> action.putObject("delete");
      }
    }
    state.putArray("transitions");
    return policy;
  }

  private static String state(Action action) {
    return switch (action) {
      case REMOVE_REPLICAS -> "without_replicas";
      case CLOSE -> "closed";
      case DELETE -> "deleted";
    };
  }

  /** Never too early. */
  private static String minutes(Duration age) {
    return age.plusSeconds(59).toMinutes() + "m";
  }

  /** Of what a policy does, without what the engine adds to its answers. */
  private static String checksum(JsonNode policy) {
    SortedMap<String, String> values = new TreeMap<>();
    for (String name : List.of("default_state", "states", "ism_template")) {
      FlatJson.add(name, policy.path(name), values);
    }
    values.keySet().removeIf(path -> (path + ".").contains(".retry.")); // the engine adds it
    JsonNode states = policy.path("states");
    for (int i = 0; i < states.size(); i++) { // an action may have no values
      Set<String> actions = new TreeSet<>();
      for (JsonNode action : states.get(i).path("actions")) {
        action.fieldNames().forEachRemaining(actions::add);
      }
      actions.remove("retry");
      values.put("states[" + i + "].actions", String.join(", ", actions));
    }
    return FlatJson.checksum(values);
  }
}

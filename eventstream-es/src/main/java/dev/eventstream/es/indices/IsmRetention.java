package dev.eventstream.es.indices;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.engine.Engine;
import dev.eventstream.es.indices.Retention.Action;
import dev.eventstream.es.indices.Retention.Delegation;
import dev.eventstream.es.request.JsonRequests;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes policies of Index State Management, and gives them to indices. The engine acts on an index
 * by its policy alone, so an index gets one only when it may be acted on: when it has a successor.
 * An index with a policy of others keeps that.
 *
 * <p>Needs no lock: two processes that do the same at the same time have the result of one.
 */
final class IsmRetention {
  private static final String NAME = "eventstream";
  private static final String DELETE_IT =
      ", so it is not used; delete or rename it, or set EVENTSTREAM_RETENTION_BY=server";

  /** Reasons that the next round settles: another process was faster, or the engine is acting. */
  private static final List<String> TEMPORARY =
      List.of(
          "This index already has a policy",
          "Cannot change policy while transitioning to new state");

  private static final int LONGEST_SELECTION = 2_000;
  private static final String PLUGIN = "/_plugins/_ism/";
  private static final String POLICY = "index.plugins.index_state_management.policy_id";

  private final JsonRequests requests;
  private final RetentionPlan plan;
  private final Instant now;
  private final List<String> written = new ArrayList<>();
  private final List<String> given = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();

  IsmRetention(JsonRequests requests, RetentionPlan plan, Instant now) {
    this.requests = requests;
    this.plan = plan;
    this.now = now;
  }

  /**
   * Writes the policies that are needed, and gives them to the indices that have none.
   *
   * @throws ClusterRefusedException if the engine has no such policies, with the remedy, or refuses
   */
  Delegation apply(Engine engine, List<IndexInfo> all) throws IOException, InterruptedException {
    if (!engine.distribution().equals("opensearch")) {
      throw new ClusterRefusedException(
          engine + " has no Index State Management; set EVENTSTREAM_RETENTION_BY=server", 400, "");
    }
    Map<IsmPolicy, List<String>> indices =
        plan.superseded(all).stream()
            .filter(old -> !plan.ages(old.type()).isEmpty() && isNeverTooEarly(old))
            .collect(groupingBy(this::policy, mapping(old -> old.info().name(), toList())));
    for (Map.Entry<IsmPolicy, List<String>> entry : indices.entrySet()) {
      Optional<String> version = write(entry.getKey());
      if (version.isPresent()) {
        for (List<String> portion : portions(entry.getValue())) {
          give(entry.getKey().name(), version.get(), portion);
        }
      }
    }
    return new Delegation(written, given, refused);
  }

  /** An engine counts ages from the creation of an index, not from its youngest event. */
  private boolean isNeverTooEarly(RetentionPlan.Old old) {
    Duration last = Collections.max(plan.ages(old.type()).values());
    return !old.info().created().plus(plan.longestFill()).isBefore(old.lastEvent())
        || !old.lastEvent().plus(last).isAfter(now);
  }

  private IsmPolicy policy(RetentionPlan.Old old) {
    EnumMap<Action, Duration> ages = plan.ages(old.type());
    ages.replaceAll((action, age) -> age.plus(plan.longestFill()));
    return new IsmPolicy(plan.isNamed(old.type()) ? NAME + "-" + old.type() : NAME, ages);
  }

  /** Returns the version of the policy in the cluster; empty if it is not the wanted one. */
  private Optional<String> write(IsmPolicy policy) throws IOException, InterruptedException {
    String path = PLUGIN + "policies/" + policy.name();
    JsonNode answer = find(path);
    Map<String, String> replaced = Map.of();
    if (!answer.isMissingNode()) {
      switch (policy.compare(answer.path("policy"))) {
        case CURRENT -> {
          return Optional.of(answer.path("_seq_no").asText());
        }
        case OUTDATED ->
            replaced =
                Map.of(
                    "if_seq_no", answer.path("_seq_no").asText(),
                    "if_primary_term", answer.path("_primary_term").asText());
        case CHANGED -> {
          refused.add("somebody has changed the policy " + policy.name() + DELETE_IT);
          return Optional.empty();
        }
        case FOREIGN -> {
          refused.add("the policy " + policy.name() + " is not of eventstream" + DELETE_IT);
          return Optional.empty();
        }
      }
    }
    try {
      JsonNode put = requests.send("PUT", path, replaced, policy.body().toString());
      written.add(policy.name());
      return Optional.of(put.path("_seq_no").asText());
    } catch (ClusterRefusedException e) {
      if (e.status() == 409) { // another process has written it; it goes on
        return Optional.empty();
      }
      throw e;
    }
  }

  private JsonNode find(String path) throws IOException, InterruptedException {
    try {
      return requests.send("GET", path);
    } catch (ClusterRefusedException e) {
      if (e.status() == 404) {
        return MissingNode.getInstance();
      }
      if (e.status() == 400) { // there is no such API
        throw new ClusterRefusedException(
            "the engine has no Index State Management; install its plugin"
                + " opensearch-index-management, or set EVENTSTREAM_RETENTION_BY=server: "
                + e.getMessage(),
            e.status(),
            e.errorType());
      }
      throw e;
    }
  }

  private void give(String policy, String version, List<String> indices)
      throws IOException, InterruptedException {
    JsonNode states = requests.send("GET", PLUGIN + "explain/" + String.join(",", indices));
    List<String> without = new ArrayList<>();
    List<String> withOlder = new ArrayList<>();
    for (String index : indices) {
      JsonNode state = states.path(index);
      if (state.path(POLICY).isNull()) {
        without.add(index);
      } else if (state.path(POLICY).asText().equals(policy)
          && state.has("policy_seq_no")
          && !state.path("policy_seq_no").asText().equals(version)) {
        withOlder.add(index);
      }
    }
    send("add/", policy, without);
    send("change_policy/", policy, withOlder);
  }

  private void send(String api, String policy, List<String> indices)
      throws IOException, InterruptedException {
    if (indices.isEmpty()) {
      return;
    }
    String body = JsonNodeFactory.instance.objectNode().put("policy_id", policy).toString();
    JsonNode answer =
        requests.send("POST", PLUGIN + api + String.join(",", indices), Map.of(), body);
    Set<String> failed = new HashSet<>();
    for (JsonNode failure : answer.path("failed_indices")) {
      String index = failure.path("index_name").asText();
      String reason = failure.path("reason").asText();
      failed.add(index);
      if (TEMPORARY.stream().noneMatch(reason::startsWith)) {
        refused.add(index + ": " + reason);
      }
    }
    indices.stream().filter(index -> !failed.contains(index)).forEach(given::add);
  }

  /** Engines accept request lines of 4 KiB. */
  private static List<List<String>> portions(List<String> indices) {
    List<List<String>> portions = new ArrayList<>();
    int length = LONGEST_SELECTION;
    for (String index : indices) {
      length += index.length() + 1;
      if (length > LONGEST_SELECTION) {
        portions.add(new ArrayList<>());
        length = index.length();
      }
      portions.get(portions.size() - 1).add(index);
    }
    return portions;
  }
}

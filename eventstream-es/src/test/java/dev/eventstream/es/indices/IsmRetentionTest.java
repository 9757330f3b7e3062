package dev.eventstream.es.indices;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.indices.Retention.Action;
import dev.eventstream.es.indices.Retention.Delegation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Before a stand-in for OpenSearch with its plugin, which is not on Maven Central. Its answers have
 * the form of those of version 2.19.6 (decision 16).
 */
class IsmRetentionTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final String POLICY_ID = "index.plugins.index_state_management.policy_id";

  private final Map<String, String> created = new TreeMap<>();
  private final List<String> closed = new CopyOnWriteArrayList<>();
  private final List<String> inTransition = new CopyOnWriteArrayList<>();
  private final List<String> unmarked = new CopyOnWriteArrayList<>();
  private final Map<String, JsonNode> policies = new ConcurrentHashMap<>();
  private final Map<String, Integer> versions = new ConcurrentHashMap<>();
  private final Map<String, String> given = new ConcurrentHashMap<>();
  private final Map<String, Integer> givenVersions = new ConcurrentHashMap<>();
  private final List<String> changes = new CopyOnWriteArrayList<>();
  private volatile String distribution = "opensearch";
  private volatile boolean hasPlugin = true;
  private final AtomicInteger sequence = new AtomicInteger();
  private HttpServer cluster;
  private ElasticsearchSink sink;

  @BeforeEach
  void start() throws IOException {
    cluster = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    cluster.createContext("/", this::answer);
    cluster.start();
    sink =
        ElasticsearchSink.builder(
                List.of(URI.create("http://127.0.0.1:" + cluster.getAddress().getPort())))
            .build();
  }

  @AfterEach
  void stop() {
    sink.close();
    cluster.stop(0);
  }

  private void index(String... names) {
    for (String name : names) {
      created.put(name, name.replaceAll(".*-(\\d{4})\\.(\\d\\d)\\.(\\d\\d).*", "$1-$2-$3"));
    }
  }

  private record Answer(int status, String body) {}

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      URI uri = exchange.getRequestURI();
      JsonNode body = JSON.readTree(exchange.getRequestBody());
      if (!method.equals("GET")) {
        changes.add(method + " " + uri);
      }
      Answer answer = answer(method, uri, body);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(answer.status, answer.body.getBytes(UTF_8).length);
      exchange.getResponseBody().write(answer.body.getBytes(UTF_8));
    }
  }

  private Answer answer(String method, URI uri, JsonNode body) {
    String path = uri.getPath();
    String last = path.substring(path.lastIndexOf('/') + 1);
    if (path.equals("/")) {
      return new Answer(
          200, "{\"version\":{\"distribution\":\"" + distribution + "\",\"number\":\"2.19.6\"}}");
    }
    if (path.startsWith("/_cat/indices")) {
      return new Answer(200, list());
    }
    if (path.endsWith("/_mapping")) {
      return new Answer(200, marks());
    }
    if (!hasPlugin) {
      return new Answer(
          400,
          "{\"error\":\"no handler found for uri [" + uri + "] and method [" + method + "]\"}");
    }
    if (path.startsWith("/_plugins/_ism/policies/")) {
      return method.equals("GET") ? policy(last) : put(last, uri, body);
    }
    List<String> indices = List.of(last.split(","));
    if (path.startsWith("/_plugins/_ism/explain/")) {
      return new Answer(200, explain(indices));
    }
    return give(path.contains("/add/"), indices, body.path("policy_id").asText());
  }

  private String list() {
    return created.entrySet().stream()
        .map(
            index ->
                "{\"index\":\"%s\",\"status\":\"%s\",\"rep\":\"1\",\"creation.date\":\"%d\"}"
                    .formatted(
                        index.getKey(),
                        closed.contains(index.getKey()) ? "close" : "open",
                        Instant.parse(index.getValue() + "T00:00:00Z").toEpochMilli()))
        .toList()
        .toString();
  }

  private String marks() {
    ObjectNode marks = JSON.createObjectNode();
    created.keySet().stream()
        .filter(index -> !unmarked.contains(index))
        .forEach(
            index ->
                marks
                    .putObject(index)
                    .putObject("mappings")
                    .putObject("_meta")
                    .put("managed_by", "eventstream"));
    return marks.toString();
  }

  private Answer policy(String name) {
    JsonNode policy = policies.get(name);
    if (policy == null) {
      return new Answer(
          404,
          "{\"error\":{\"root_cause\":[{\"type\":\"status_exception\",\"reason\":\"Policy not"
              + " found\"}],\"type\":\"status_exception\",\"reason\":\"Policy not"
              + " found\"},\"status\":404}");
    }
    ObjectNode copy = policy.deepCopy();
    copy.put("policy_id", name).put("last_updated_time", 1795886464962L).put("schema_version", 21);
    copy.putNull("error_notification").putNull("ism_template");
    for (JsonNode state : copy.path("states")) {
      for (JsonNode action : state.path("actions")) {
        ((ObjectNode) action)
            .putObject("retry")
            .put("count", 3)
            .put("backoff", "exponential")
            .put("delay", "1m");
      }
    }
    ObjectNode found = JSON.createObjectNode();
    found.put("_id", name).put("_version", 1).put("_seq_no", versions.get(name));
    found.put("_primary_term", 1).set("policy", copy);
    return new Answer(200, found.toString());
  }

  private Answer put(String name, URI uri, JsonNode body) {
    String query = String.valueOf(uri.getQuery());
    if (policies.containsKey(name)
        && !(query.contains("if_seq_no=" + versions.get(name))
            && query.contains("if_primary_term=1"))) {
      return new Answer(
          409,
          "{\"error\":{\"type\":\"version_conflict_engine_exception\",\"reason\":\"document already"
              + " exists\"},\"status\":409}");
    }
    policies.put(name, body.path("policy"));
    int version = sequence.incrementAndGet();
    versions.put(name, version);
    return new Answer(201, "{\"_id\":\"" + name + "\",\"_seq_no\":" + version + "}");
  }

  private String explain(List<String> indices) {
    ObjectNode answer = JSON.createObjectNode();
    for (String index : indices) {
      ObjectNode state = answer.putObject(index).put(POLICY_ID, given.get(index));
      if (givenVersions.containsKey(index)) { // the engine has begun with it
        state.put("policy_seq_no", givenVersions.get(index));
      }
    }
    return answer.put("total_managed_indices", given.size()).toString();
  }

  private Answer give(boolean added, List<String> indices, String policy) {
    ObjectNode answer = JSON.createObjectNode();
    for (String index : indices) {
      String reason =
          closed.contains(index)
              ? "This index is closed"
              : added && given.containsKey(index)
                  ? "This index already has a policy, use the update policy API to update index"
                      + " policies"
                  : inTransition.contains(index)
                      ? "Cannot change policy while transitioning to new state"
                      : "";
      if (reason.isEmpty()) {
        given.put(index, policy);
        givenVersions.put(index, versions.get(policy));
      } else {
        answer
            .withArray("failed_indices")
            .addObject()
            .put("index_name", index)
            .put("reason", reason);
      }
    }
    return new Answer(200, answer.put("failures", answer.has("failed_indices")).toString());
  }

  private static Retention.Builder daily() {
    return Retention.builder("events-{eventType}-{yyyy.MM.dd}")
        .clock(Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private Delegation delegate(int days) throws Exception {
    return daily().after(Duration.ofDays(days), Action.DELETE).build().delegate(sink);
  }

  @Test
  void indicesWithASuccessorGetThePolicyOnce() throws Exception {
    index("events-click-2026.11.26", "events-click-2026.11.27", "events-click-2026.11.28");
    index("events-click-x-2026.11.01", "events-other-2026.11.01", "events-other-2026.11.02");
    unmarked.addAll(List.of("events-other-2026.11.01", "events-other-2026.11.02"));

    Delegation first = delegate(90);
    assertThat(first.policies()).containsExactly("eventstream");
    assertThat(first.indices())
        .containsExactlyInAnyOrder("events-click-2026.11.26", "events-click-2026.11.27");
    assertThat(first.refused()).isEmpty();
    assertThat(given).hasSize(2);

    assertThat(delegate(90)).isEqualTo(new Delegation(List.of(), List.of(), List.of()));
    assertThat(changes).hasSize(2);
  }

  @Test
  void theAgesIncludeThePeriodOfTheNameAndAreOrdered() throws Exception {
    index("events-click-2026.11.26", "events-click-2026.11.28");

    daily()
        .after(Duration.ofDays(90), Action.DELETE)
        .after(Duration.ofDays(7), Action.REMOVE_REPLICAS)
        .after(Duration.ofDays(90), Action.CLOSE)
        .build()
        .delegate(sink);

    JsonNode states = policies.get("eventstream").path("states");
    assertThat(states.findValuesAsText("name"))
        .containsExactly("new", "without_replicas", "deleted");
    assertThat(states.findValuesAsText("min_index_age"))
        .containsExactly(8 * 1440 + 60 + "m", 91 * 1440 + 60 + "m");
  }

  @Test
  void aTypeWithAgesOfItsOwnHasAPolicyOfItsOwn() throws Exception {
    index("events-click-2026.11.26", "events-click-2026.11.28");
    index("events-click-x-2026.11.26", "events-click-x-2026.11.28");

    daily()
        .after(Duration.ofDays(90), Action.DELETE)
        .after(Duration.ofDays(30), Action.DELETE, "click")
        .build()
        .delegate(sink);

    assertThat(given)
        .containsEntry("events-click-2026.11.26", "eventstream-click")
        .containsEntry("events-click-x-2026.11.26", "eventstream");
  }

  @Test
  void anotherAgeReplacesThePolicyAlsoOfIndicesThatHaveIt() throws Exception {
    index("events-click-2026.11.26", "events-click-2026.11.28");
    delegate(90);

    assertThat(delegate(30).policies()).containsExactly("eventstream");
    assertThat(changes)
        .last()
        .isEqualTo("POST /_plugins/_ism/change_policy/events-click-2026.11.26");
    assertThat(policies.get("eventstream").toString()).contains(31 * 1440 + 60 + "m");
    assertThat(delegate(30).indices()).isEmpty();
  }

  @Test
  void anIndexThatTheEngineIsActingOnGetsTheOtherPolicyInTheNextRound() throws Exception {
    index("events-click-2026.11.26", "events-click-2026.11.28");
    delegate(90);
    inTransition.add("events-click-2026.11.26");

    assertThat(delegate(30))
        .isEqualTo(new Delegation(List.of("eventstream"), List.of(), List.of()));
    inTransition.clear();
    assertThat(delegate(30).indices()).containsExactly("events-click-2026.11.26");
  }

  @Test
  void aPolicyOfOthersOrAChangedOneIsNeitherReplacedNorUsed() throws Exception {
    index("events-click-2026.11.26", "events-click-2026.11.28");
    policies.put("eventstream", JSON.readTree("{\"description\":\"of others\"}"));
    versions.put("eventstream", 5);

    assertThat(delegate(90).refused()).singleElement().asString().contains("not of eventstream");
    policies.clear();
    delegate(90);
    given.clear();
    String changed = policies.get("eventstream").toString().replace("131100m", "5m");
    policies.put("eventstream", JSON.readTree(changed));

    assertThat(delegate(90).refused())
        .singleElement()
        .asString()
        .contains("somebody has changed", "EVENTSTREAM_RETENTION_BY=server");
    assertThat(given).isEmpty();
    assertThat(policies.get("eventstream").toString()).isEqualTo(changed);
  }

  @Test
  void anIndexWithAPolicyOfOthersKeepsIt() throws Exception {
    index("events-click-2026.11.26", "events-click-2026.11.27", "events-click-2026.11.28");
    given.put("events-click-2026.11.26", "hot-warm");

    assertThat(delegate(90).indices()).containsExactly("events-click-2026.11.27");
    assertThat(given).containsEntry("events-click-2026.11.26", "hot-warm");
  }

  @Test
  void aClosedIndexIsNamed() throws Exception {
    index("events-click-2026.11.26", "events-click-2026.11.28");
    closed.add("events-click-2026.11.26");

    assertThat(delegate(90).refused())
        .containsExactly("events-click-2026.11.26: This index is closed");
  }

  @Test
  void anIndexThatWasMadeBeforeItsPeriodWaitsUntilAllOfItIsTooOld() throws Exception {
    index("events-click-2026.10.01", "events-click-2026.11.26", "events-click-2026.11.28");
    created.replaceAll((name, date) -> "2020-01-01");

    assertThat(delegate(30).indices()).containsExactly("events-click-2026.10.01");
  }

  @Test
  void longListsAreSentInPortions() throws Exception {
    for (int day = 1; day <= 28; day++) {
      index("events-%s-2026.11.%02d".formatted("x".repeat(100), day));
      index("events-%s-2026.10.%02d".formatted("x".repeat(100), day));
    }

    assertThat(delegate(90).indices()).hasSize(55);
    assertThat(changes).allSatisfy(request -> assertThat(request).hasSizeLessThan(4_000));
    assertThat(given).hasSize(55);
  }

  @Test
  void anEngineWithoutThePluginIsNamedWithTheRemedy() {
    index("events-click-2026.11.26", "events-click-2026.11.28");
    hasPlugin = false;

    assertThatThrownBy(() -> delegate(90))
        .isInstanceOf(ClusterRefusedException.class)
        .hasMessageContaining("opensearch-index-management")
        .hasMessageContaining("EVENTSTREAM_RETENTION_BY=server");
  }

  @Test
  void elasticsearchIsRefused() {
    distribution = "elasticsearch";

    assertThatThrownBy(() -> delegate(90))
        .isInstanceOf(ClusterRefusedException.class)
        .hasMessageContaining("elasticsearch 2.19.6 has no Index State Management");
    assertThat(changes).isEmpty();
  }

  @Test
  void indicesWithoutADateAreRefused() {
    Retention retention =
        Retention.builder("events-{eventType}").after(Duration.ofDays(1), Action.DELETE).build();

    assertThatThrownBy(() -> retention.delegate(sink)).isInstanceOf(IllegalStateException.class);
  }
}

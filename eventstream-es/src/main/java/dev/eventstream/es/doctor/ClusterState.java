package dev.eventstream.es.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.engine.Engine;
import dev.eventstream.es.indices.ClusterShards;
import dev.eventstream.es.indices.IndexInfo;
import dev.eventstream.es.indices.Indices;
import dev.eventstream.es.request.IndexRequests;
import dev.eventstream.es.request.JsonRequests;
import dev.eventstream.es.template.IndexTemplate;
import dev.eventstream.es.template.IndexTemplates;
import dev.eventstream.es.template.TemplateRefusedException;
import dev.eventstream.es.template.TemplateReport;
import java.io.IOException;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a cluster says about itself. Each method asks it, and adds what is not in order. */
final class ClusterState {
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(30);
  private static final long LARGE_SHARD = 50L << 30;
  private static final double CROWDED = 0.9;
  private static final String DISK = "cluster.routing.allocation.disk.";
  private static final String ALLOW_DELETE = "read_only_allow_delete";

  private final ElasticsearchSink sink;
  private final JsonRequests requests;
  private final List<String> patterns;
  private final Predicate<String> isOurs;

  ClusterState(ElasticsearchSink sink, List<String> patterns) {
    this.sink = sink;
    this.requests = new JsonRequests(sink.cluster());
    this.patterns = patterns;
    this.isOurs = IndexRequests.matcher(patterns);
  }

  void engine(Consumer<Finding> found) throws IOException, InterruptedException {
    Engine engine = engine();
    if (engine.equals(Engine.UNKNOWN)) {
      found.accept(ClusterCheck.ENGINE.unknown("the cluster does not say what it is"));
    } else if (engine.isTooOld()) {
      found.accept(
          ClusterCheck.ENGINE.warning(
              List.of(),
              engine + " is older than every version that eventstream is tested with",
              "use Elasticsearch 6.5 or newer, or OpenSearch 1.3 or newer"));
    } else if (engine.isTooNew()) {
      found.accept(
          ClusterCheck.ENGINE.unknown(
              engine + " is newer than every version that eventstream is tested with"));
    } else {
      found.accept(ClusterCheck.ENGINE.ok(List.of(), engine.toString()));
    }
  }

  private Engine engine() throws IOException, InterruptedException {
    try {
      return sink.engine().toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw new IOException(cause(e), e);
    }
  }

  void health(Consumer<Finding> found) throws IOException, InterruptedException {
    JsonNode health = requests.send("GET", "/_cluster/health", Map.of("level", "indices"), null);
    List<String> red = new ArrayList<>();
    List<String> yellow = new ArrayList<>();
    for (Map.Entry<String, JsonNode> index : health.path("indices").properties()) {
      String status = index.getValue().path("status").asText();
      if (isOurs.test(index.getKey()) && !status.equals("green")) {
        (status.equals("red") ? red : yellow).add(index.getKey());
      }
    }
    if (!red.isEmpty()) {
      found.accept(
          ClusterCheck.RED_INDEX.fault(
              red,
              "primary shards are not allocated of " + ClusterCheck.names(red),
              "see GET _cluster/allocation/explain; start the nodes that hold them, or restore a"
                  + " backup"));
    }
    if (!yellow.isEmpty()) {
      found.accept(
          ClusterCheck.YELLOW_INDEX.warning(
              yellow,
              "replicas are not allocated of " + ClusterCheck.names(yellow),
              "add nodes, or set fewer replicas (EVENTSTREAM_INDEX_REPLICAS for new indices)"));
    }
  }

  private JsonNode clusterSettings() throws IOException, InterruptedException {
    return requests.send(
        "GET",
        "/_cluster/settings",
        Map.of("flat_settings", "true", "include_defaults", "true"),
        null);
  }

  private static String setting(JsonNode settings, String name) {
    for (String level : new String[] {"transient", "persistent", "defaults"}) {
      JsonNode value = settings.path(level).path(name);
      if (value.isTextual()) {
        return value.asText();
      }
    }
    return "";
  }

  void settings(Consumer<Finding> found) throws IOException, InterruptedException {
    JsonNode settings = clusterSettings();
    String autoCreate = setting(settings, "action.auto_create_index");
    if (!autoCreate.isEmpty()) {
      autoCreation(autoCreate, found);
    }
    for (String name : List.of("cluster.blocks.read_only", "cluster.blocks." + ALLOW_DELETE)) {
      if (setting(settings, name).equals("true")) {
        found.accept(
            ClusterCheck.CLUSTER_BLOCK.fault(
                List.of(name), name + " is true: nothing can be written", "set it to null"));
      }
    }
  }

  private void autoCreation(String setting, Consumer<Finding> found) {
    List<String> forbidden = new ArrayList<>();
    List<String> unclear = new ArrayList<>();
    for (String pattern : patterns.isEmpty() ? List.of("*") : patterns) {
      switch (AutoCreation.of(setting, pattern)) {
        case ALLOWED -> {}
        case FORBIDDEN -> forbidden.add(pattern);
        case UNCLEAR -> unclear.add(pattern);
      }
    }
    String name = "action.auto_create_index is " + setting;
    if (!forbidden.isEmpty()) {
      found.accept(
          ClusterCheck.AUTO_CREATE_INDEX.fault(
              forbidden,
              name
                  + ": it forbids "
                  + ClusterCheck.names(forbidden)
                  + ", so events of new types and days have no index",
              "set it to true, or to a list that allows these names"));
    }
    if (!unclear.isEmpty()) {
      found.accept(
          ClusterCheck.AUTO_CREATE_INDEX.warning(
              unclear,
              name + ": it forbids some indices of " + ClusterCheck.names(unclear),
              "make sure that it allows every index of events"));
    }
  }

  void indices(@Nullable Duration closedAfter, Consumer<Finding> found)
      throws IOException, InterruptedException {
    List<IndexInfo> all = Indices.list(sink, patterns, false);
    Instant now = Instant.now();
    List<String> closed =
        all.stream()
            .filter(index -> !index.isOpen())
            .filter(index -> closedAfter == null || index.created().isAfter(now.minus(closedAfter)))
            .map(IndexInfo::name)
            .toList();
    if (!closed.isEmpty()) {
      found.accept(
          ClusterCheck.CLOSED_INDEX.warning(
              closed,
              "closed: " + ClusterCheck.names(closed),
              "events for them wait in the spool; open them with POST <index>/_open, unless nothing"
                  + " is written to them any more"));
    }
    List<String> large =
        all.stream()
            .filter(index -> index.shardBytes() > LARGE_SHARD)
            .map(IndexInfo::name)
            .toList();
    if (!large.isEmpty()) {
      found.accept(
          ClusterCheck.LARGE_SHARDS.warning(
              large,
              "shards of more than 50 GiB: " + ClusterCheck.names(large),
              "continue them in further ones (EVENTSTREAM_ROLLOVER_SHARD_BYTES), or use dates in"
                  + " EVENTSTREAM_INDEX"));
    }
  }

  void indexSettings(Consumer<Finding> found) throws IOException, InterruptedException {
    JsonNode answer =
        requests.send(
            "GET",
            "/_settings",
            Map.of("flat_settings", "true", "expand_wildcards", "open,closed"),
            null);
    Map<String, List<String>> blocks = new LinkedHashMap<>();
    Map<String, List<String>> pipelines = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> index : answer.properties()) {
      if (!isOurs.test(index.getKey())) {
        continue;
      }
      for (Map.Entry<String, JsonNode> setting : index.getValue().path("settings").properties()) {
        String name = setting.getKey();
        String value = setting.getValue().asText();
        if (name.startsWith("index.blocks.")
            && !name.equals("index.blocks.read")
            && value.equals("true")) {
          blocks.computeIfAbsent(name, block -> new ArrayList<>()).add(index.getKey());
        } else if ((name.equals("index.default_pipeline") || name.equals("index.final_pipeline"))
            && !value.equals("_none")) {
          pipelines.computeIfAbsent(value, pipeline -> new ArrayList<>()).add(index.getKey());
        }
      }
    }
    blocks.forEach(
        (block, names) ->
            found.accept(
                ClusterCheck.BLOCKED_INDEX.fault(
                    names,
                    block + " is true for " + ClusterCheck.names(names),
                    block.endsWith(ALLOW_DELETE)
                        ? "a disk was nearly full: free space on the nodes, then set it to null"
                        : "set it to null, unless nothing is written to them any more")));
    for (Map.Entry<String, List<String>> pipeline : pipelines.entrySet()) {
      if (!hasPipeline(pipeline.getKey())) {
        found.accept(
            ClusterCheck.MISSING_PIPELINE.fault(
                pipeline.getValue(),
                "the pipeline "
                    + pipeline.getKey()
                    + " does not exist, for "
                    + ClusterCheck.names(pipeline.getValue()),
                "create it, or set index.default_pipeline or index.final_pipeline of these indices"
                    + " to _none"));
      }
    }
  }

  private boolean hasPipeline(String name) throws IOException, InterruptedException {
    try {
      requests.send("GET", "/_ingest/pipeline/" + URLEncoder.encode(name, UTF_8));
      return true;
    } catch (ClusterRefusedException e) {
      if (e.status() == 404) {
        return false;
      }
      throw e;
    }
  }

  void aliases(Consumer<Finding> found) throws IOException, InterruptedException {
    Map<String, Integer> indices = new LinkedHashMap<>();
    Set<String> writable = new LinkedHashSet<>();
    Set<String> forReading = new LinkedHashSet<>();
    for (Map.Entry<String, JsonNode> index : requests.send("GET", "/_alias").properties()) {
      for (Map.Entry<String, JsonNode> alias : index.getValue().path("aliases").properties()) {
        indices.merge(alias.getKey(), 1, Integer::sum);
        JsonNode writes = alias.getValue().path("is_write_index");
        if (writes.asBoolean()) {
          writable.add(alias.getKey());
        } else if (writes.isBoolean()) {
          forReading.add(alias.getKey());
        }
      }
    }
    List<String> broken =
        indices.entrySet().stream()
            .filter(alias -> alias.getValue() > 1 || forReading.contains(alias.getKey()))
            .map(Map.Entry::getKey)
            .filter(alias -> !writable.contains(alias) && isOurs.test(alias))
            .toList();
    if (!broken.isEmpty()) {
      found.accept(
          ClusterCheck.ALIAS_WITHOUT_WRITE_INDEX.warning(
              broken,
              "aliases without a write index: " + ClusterCheck.names(broken),
              "if events go to such an alias, set is_write_index for one of its indices; aliases for"
                  + " reading only are in order"));
    }
  }

  void shards(Consumer<Finding> found) throws IOException, InterruptedException {
    ClusterShards shards = ClusterShards.of(sink, patterns);
    if (shards.limit() <= 0) {
      found.accept(ClusterCheck.SHARD_LIMIT.unknown("the cluster does not say how many it allows"));
      return;
    }
    String message =
        "there are " + shards.shards() + " shards of the " + shards.limit() + " that there may be";
    String remedy =
        "delete old indices (EVENTSTREAM_RETENTION), use fewer shards or coarser dates, or raise"
            + " cluster.max_shards_per_node";
    if (shards.shards() >= shards.limit()) {
      found.accept(
          ClusterCheck.SHARD_LIMIT.fault(List.of(), message + ": no index can be created", remedy));
    } else if (shards.shards() >= CROWDED * shards.limit()) {
      found.accept(ClusterCheck.SHARD_LIMIT.warning(List.of(), message, remedy));
    } else {
      found.accept(ClusterCheck.SHARD_LIMIT.ok(List.of(), message));
    }
  }

  void disks(Consumer<Finding> found) throws IOException, InterruptedException {
    JsonNode settings = clusterSettings();
    if (setting(settings, DISK + "threshold_enabled").equals("false")) {
      found.accept(
          ClusterCheck.DISK_WATERMARK.unknown(
              DISK + "threshold_enabled is false: the cluster does not look at its disks"));
      return;
    }
    JsonNode nodes =
        requests.send(
            "GET",
            "/_cat/allocation",
            Map.of("format", "json", "bytes", "b", "h", "node,disk.avail,disk.total"),
            null);
    for (JsonNode node : nodes) {
      long total = node.path("disk.total").asLong();
      if (total > 0) {
        disk(settings, node.path("node").asText(), node.path("disk.avail").asLong(), total, found);
      }
    }
  }

  private static void disk(
      JsonNode settings, String node, long free, long total, Consumer<Finding> found) {
    List<String> subject = List.of(node);
    String message =
        "the disk of "
            + node
            + " has "
            + (free >> 20)
            + " MiB of "
            + (total >> 20)
            + " MiB left, which is beyond "
            + DISK
            + "watermark.";
    String remedy = "free space (EVENTSTREAM_RETENTION), or add nodes or disks";
    if (free < minFree(settings, "flood_stage", total)) {
      found.accept(
          ClusterCheck.DISK_WATERMARK.fault(
              subject, message + "flood_stage: its indices become read-only", remedy));
    } else if (free < minFree(settings, "high", total)) {
      found.accept(
          ClusterCheck.DISK_WATERMARK.warning(
              subject, message + "high: its shards are moved to other nodes", remedy));
    } else if (free < minFree(settings, "low", total)) {
      found.accept(
          ClusterCheck.DISK_WATERMARK.warning(
              subject, message + "low: it gets no more shards", remedy));
    }
  }

  private static long minFree(JsonNode settings, String mark, long total) {
    String name = DISK + "watermark." + mark;
    return Watermark.minFree(
        setting(settings, name), setting(settings, name + ".max_headroom"), total);
  }

  void clocks(Consumer<Finding> found) throws IOException, InterruptedException {
    Instant before = Instant.now();
    JsonNode answer =
        requests.send(
            "GET",
            "/_nodes/stats/os",
            Map.of("filter_path", "nodes.*.name,nodes.*.timestamp"),
            null);
    Instant after = Instant.now();
    for (JsonNode node : answer.path("nodes")) {
      Instant there = Instant.ofEpochMilli(node.path("timestamp").asLong());
      Duration behind = Duration.between(there, before);
      Duration ahead = Duration.between(after, there);
      Duration most = behind.compareTo(ahead) > 0 ? behind : ahead;
      if (most.compareTo(CLOCK_TOLERANCE) > 0) { // engines refresh this figure once a second
        String name = node.path("name").asText();
        found.accept(
            ClusterCheck.CLOCK.warning(
                List.of(name),
                "the clock of "
                    + name
                    + " differs by "
                    + most.toSeconds()
                    + " s from this machine's",
                "synchronise the clocks (NTP): dates of indices and retention depend on them"));
      }
    }
  }

  void privileges(boolean forTemplates, Consumer<Finding> found)
      throws IOException, InterruptedException {
    Engine engine = engine();
    if (!engine.isElasticsearch()) {
      found.accept(
          ClusterCheck.PRIVILEGES.unknown(
              "not examined: only Elasticsearch says what credentials may do"));
      return;
    }
    String path =
        engine.needsMappingType()
            ? "/_xpack/security/user/_has_privileges"
            : "/_security/user/_has_privileges";
    JsonNode answer;
    try {
      answer = requests.send("POST", path, Map.of(), questions(engine, forTemplates));
    } catch (ClusterRefusedException e) {
      found.accept(
          ClusterCheck.PRIVILEGES.unknown("not examined: security is off, or: " + e.getMessage()));
      return;
    }
    List<String> forIndices = new ArrayList<>();
    answer
        .path("index")
        .properties()
        .forEach(index -> lacking(index.getValue(), " for " + index.getKey(), forIndices));
    List<String> forCluster = new ArrayList<>();
    lacking(answer.path("cluster"), " for the cluster", forCluster);
    if (!forIndices.isEmpty()) {
      found.accept(
          ClusterCheck.PRIVILEGES.fault(
              forIndices,
              "the credentials lack " + ClusterCheck.names(forIndices),
              "grant them to the user or key; see docs/cluster.md"));
    }
    if (!forCluster.isEmpty()) {
      found.accept(
          ClusterCheck.PRIVILEGES.warning(
              forCluster,
              "the credentials lack " + ClusterCheck.names(forCluster),
              "grant them to the user or key: monitor is for figures, rollover and this examination,"
                  + " manage_index_templates for the template"));
    }
  }

  private String questions(Engine engine, boolean forTemplates) {
    String names =
        (patterns.isEmpty() ? List.of("*") : patterns)
            .stream().map(pattern -> "\"" + pattern + "\"").collect(Collectors.joining(","));
    String privileges =
        engine.hasPrivilegesToIngest()
            ? "\"create_doc\",\"auto_configure\""
            : "\"create\",\"create_index\"";
    return "{\"cluster\":[\"monitor\""
        + (forTemplates ? ",\"manage_index_templates\"" : "")
        + "],\"index\":[{\"names\":["
        + names
        + "],\"privileges\":["
        + privileges
        + "]}]}";
  }

  private static void lacking(JsonNode privileges, String where, List<String> lacking) {
    for (Map.Entry<String, JsonNode> privilege : privileges.properties()) {
      if (!privilege.getValue().asBoolean()) {
        lacking.add(privilege.getKey() + where);
      }
    }
  }

  void template(IndexTemplate template, Consumer<Finding> found)
      throws IOException, InterruptedException {
    TemplateReport report;
    try {
      report = IndexTemplates.check(sink, template).toCompletableFuture().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TemplateRefusedException) {
        found.accept(ClusterCheck.INDEX_TEMPLATE.unknown("not examined: " + cause(e)));
        return;
      }
      throw new IOException(cause(e), e);
    }
    if (!report.isCurrent()) {
      found.accept(
          ClusterCheck.INDEX_TEMPLATE.warning(
              List.of(),
              report.summary(),
              report.found().isReplaced()
                  ? "install it with \"indices apply\", or set EVENTSTREAM_INDEX_TEMPLATE=apply"
                  : "look at it with \"indices check\"; \"indices apply --force\" replaces it"));
    }
  }

  private static String cause(ExecutionException e) {
    Throwable cause = e.getCause();
    return String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
  }
}

package dev.eventstream.es.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.indices.ClusterShards;
import dev.eventstream.es.indices.IndexInfo;
import dev.eventstream.es.indices.Indices;
import dev.eventstream.es.request.IndexRequests;
import dev.eventstream.es.request.JsonRequests;
import dev.eventstream.es.template.IndexTemplate;
import dev.eventstream.es.template.IndexTemplates;
import dev.eventstream.es.template.TemplateReport;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Examines a cluster: what prevents events from being indexed, or soon will. Only reads. Each
 * request may take as long as the sink's request time-out; after one that is not answered, the rest
 * is not examined. Not thread-safe.
 */
public final class ClusterDoctor {
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(30);
  private static final long LARGE_SHARD = 50L << 30;
  private static final double CROWDED = 0.9;
  private static final int HIGH_DISK = 85;
  private static final int FLOOD_DISK = 95;
  private static final int SHOWN = 10;

  private final ElasticsearchSink sink;
  private final JsonRequests requests;
  private final List<String> patterns;
  private final Predicate<String> isOurs;
  private final List<Finding> findings = new ArrayList<>();
  private String product = "";
  private int major;

  private ClusterDoctor(ElasticsearchSink sink, List<String> patterns) {
    this.sink = sink;
    this.requests = new JsonRequests(sink.cluster());
    this.patterns = patterns;
    this.isOurs = IndexRequests.matcher(patterns);
  }

  /**
   * Examines a cluster.
   *
   * @param sink of that cluster
   * @param patterns of the indices of events, with {@code *}; empty: all, except those whose names
   *     begin with a dot
   * @param template that new indices should get; null: not examined
   * @throws InterruptedException if the thread was interrupted
   */
  public static List<Finding> examine(
      ElasticsearchSink sink, List<String> patterns, @Nullable IndexTemplate template)
      throws InterruptedException {
    ClusterDoctor doctor = new ClusterDoctor(sink, patterns);
    if (doctor.reach()) {
      doctor.check("cluster-health", doctor::health);
      doctor.check("cluster-settings", doctor::settings);
      doctor.check("closed-index", doctor::indices);
      doctor.check("blocked-index", doctor::indexSettings);
      doctor.check("alias-without-write-index", doctor::aliases);
      doctor.check("shard-limit", doctor::shards);
      doctor.check("disk-watermark", doctor::disks);
      doctor.check("clock", doctor::clock);
      doctor.check("privileges", doctor::privileges);
      if (template != null) {
        doctor.check("index-template", () -> doctor.template(template));
      }
    }
    return List.copyOf(doctor.findings);
  }

  private interface Check {
    void run() throws IOException, InterruptedException;
  }

  private void check(String code, Check check) throws InterruptedException {
    int before = findings.size();
    try {
      check.run();
    } catch (IOException e) {
      findings.add(Finding.unknown(code, "not examined: " + e.getMessage()));
      return;
    }
    if (findings.size() == before) {
      findings.add(Finding.ok(code, "nothing found"));
    }
  }

  private boolean reach() throws InterruptedException {
    try {
      sink.check().toCompletableFuture().get();
    } catch (ExecutionException e) {
      findings.add(
          Finding.fault(
              "cluster", cause(e), "until the cluster accepts requests, events wait in the spool"));
      return false;
    }
    try {
      JsonNode version = requests.send("GET", "/").path("version");
      product = version.path("distribution").asText("elasticsearch");
      String number = version.path("number").asText("");
      major = number.isEmpty() ? 0 : Integer.parseInt(number.replaceFirst("\\..*", ""));
      boolean isOld = product.equals("elasticsearch") ? major < 6 : major < 1;
      findings.add(
          isOld
              ? Finding.warning(
                  "cluster",
                  product + " " + number + " is older than what is tested",
                  "use Elasticsearch 6.5 or newer, or OpenSearch 1.3 or newer")
              : Finding.ok("cluster", product + " " + number + " accepts requests"));
      return true;
    } catch (IOException | NumberFormatException e) {
      findings.add(
          Finding.unknown("cluster", "the engine does not say what it is: " + e.getMessage()));
      return true;
    }
  }

  private void health() throws IOException, InterruptedException {
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
      findings.add(
          Finding.fault(
              "red-index",
              "not all shards are allocated of " + names(red),
              "see GET _cluster/allocation/explain; start the nodes that hold them, or restore a"
                  + " backup"));
    }
    if (!yellow.isEmpty()) {
      findings.add(
          Finding.warning(
              "yellow-index",
              "replicas are not allocated of " + names(yellow),
              "add nodes, or set fewer replicas (EVENTSTREAM_INDEX_REPLICAS for new indices)"));
    }
  }

  private void settings() throws IOException, InterruptedException {
    JsonNode answer =
        requests.send(
            "GET",
            "/_cluster/settings",
            Map.of("flat_settings", "true", "include_defaults", "true"),
            null);
    String autoCreate = setting(answer, "action.auto_create_index");
    if (autoCreate.equals("false")) {
      findings.add(
          Finding.fault(
              "auto-create-index",
              "action.auto_create_index is false: events of new types and days have no index",
              "set it to true, or to a list that allows "
                  + (patterns.isEmpty() ? "*" : names(patterns))));
    } else if (!autoCreate.isEmpty() && !autoCreate.equals("true")) {
      findings.add(
          Finding.warning(
              "auto-create-index",
              "action.auto_create_index is " + autoCreate,
              "make sure that it allows " + (patterns.isEmpty() ? "all types" : names(patterns))));
    }
    for (String block :
        List.of("cluster.blocks.read_only", "cluster.blocks.read_only_allow_delete")) {
      if (setting(answer, block).equals("true")) {
        findings.add(
            Finding.fault(
                "cluster-block", block + " is true: nothing can be written", "set it to null"));
      }
    }
  }

  private static String setting(JsonNode answer, String name) {
    for (String level : new String[] {"transient", "persistent", "defaults"}) {
      JsonNode value = answer.path(level).path(name);
      if (value.isTextual()) {
        return value.asText();
      }
    }
    return "";
  }

  private void indices() throws IOException, InterruptedException {
    List<IndexInfo> all = Indices.list(sink, patterns, false);
    List<String> closed =
        all.stream().filter(index -> !index.isOpen()).map(IndexInfo::name).toList();
    if (!closed.isEmpty()) {
      findings.add(
          Finding.warning(
              "closed-index",
              "closed: " + names(closed),
              "events for them wait in the spool; open them with POST <index>/_open, unless they are"
                  + " closed because of their age"));
    }
    List<String> large =
        all.stream()
            .filter(index -> index.shardBytes() > LARGE_SHARD)
            .map(IndexInfo::name)
            .toList();
    if (!large.isEmpty()) {
      findings.add(
          Finding.warning(
              "large-shards",
              "shards of more than 50 GiB: " + names(large),
              "continue them in further ones (EVENTSTREAM_ROLLOVER_SHARD_BYTES), or use dates in"
                  + " EVENTSTREAM_INDEX"));
    }
  }

  private void indexSettings() throws IOException, InterruptedException {
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
        if (name.startsWith("index.blocks.") && value.equals("true")) {
          blocks.computeIfAbsent(name, block -> new ArrayList<>()).add(index.getKey());
        } else if ((name.equals("index.default_pipeline") || name.equals("index.final_pipeline"))
            && !value.equals("_none")) {
          pipelines.computeIfAbsent(value, pipeline -> new ArrayList<>()).add(index.getKey());
        }
      }
    }
    blocks.forEach(
        (block, names) ->
            findings.add(
                Finding.fault(
                    "blocked-index",
                    block + " is true for " + names(names),
                    block.endsWith("read_only_allow_delete")
                        ? "free disk space, then set it to null"
                        : "set it to null")));
    for (Map.Entry<String, List<String>> pipeline : pipelines.entrySet()) {
      if (!exists("/_ingest/pipeline/" + pipeline.getKey())) {
        findings.add(
            Finding.fault(
                "missing-pipeline",
                "the pipeline "
                    + pipeline.getKey()
                    + " does not exist, for "
                    + names(pipeline.getValue()),
                "create it, or set index.default_pipeline of these indices to _none"));
      }
    }
  }

  private boolean exists(String path) throws IOException, InterruptedException {
    try {
      requests.send("GET", path);
      return true;
    } catch (ClusterRefusedException e) {
      if (e.status() == 404) {
        return false;
      }
      throw e;
    }
  }

  private void aliases() throws IOException, InterruptedException {
    Map<String, Integer> indices = new LinkedHashMap<>();
    Set<String> writable = new LinkedHashSet<>();
    for (Map.Entry<String, JsonNode> index : requests.send("GET", "/_alias").properties()) {
      for (Map.Entry<String, JsonNode> alias : index.getValue().path("aliases").properties()) {
        indices.merge(alias.getKey(), 1, Integer::sum);
        JsonNode writes = alias.getValue().path("is_write_index");
        if (writes.asBoolean()) {
          writable.add(alias.getKey());
        }
      }
    }
    List<String> broken =
        indices.entrySet().stream()
            .filter(alias -> alias.getValue() > 1 && !writable.contains(alias.getKey()))
            .map(Map.Entry::getKey)
            .filter(isOurs)
            .toList();
    if (!broken.isEmpty()) {
      findings.add(
          Finding.warning(
              "alias-without-write-index",
              "aliases of several indices, none of which is the write index: " + names(broken),
              "if events go to such an alias, set is_write_index for one of its indices; aliases for"
                  + " reading only are in order"));
    }
  }

  private void shards() throws IOException, InterruptedException {
    ClusterShards shards = ClusterShards.of(sink, patterns);
    if (shards.limit() > 0 && shards.shards() >= CROWDED * shards.limit()) {
      String message =
          "there are "
              + shards.shards()
              + " shards of the "
              + shards.limit()
              + " that there may be";
      String remedy =
          "delete old indices (EVENTSTREAM_RETENTION), use fewer shards or coarser dates, or raise"
              + " cluster.max_shards_per_node";
      findings.add(
          shards.shards() >= shards.limit()
              ? Finding.fault("shard-limit", message + ": no index can be created", remedy)
              : Finding.warning("shard-limit", message, remedy));
    }
  }

  private void disks() throws IOException, InterruptedException {
    JsonNode nodes =
        requests.send(
            "GET", "/_cat/allocation", Map.of("format", "json", "h", "node,disk.percent"), null);
    for (JsonNode node : nodes) {
      int percent = node.path("disk.percent").asInt(0);
      if (percent >= HIGH_DISK) {
        String message = "the disk of " + node.path("node").asText() + " is " + percent + " % full";
        String remedy =
            "free space or add nodes; by default nodes get no more shards from 85 % on, and indices"
                + " become read-only at 95 %";
        findings.add(
            percent >= FLOOD_DISK
                ? Finding.fault("disk-watermark", message, remedy)
                : Finding.warning("disk-watermark", message, remedy));
      }
    }
  }

  private void clock() throws IOException, InterruptedException {
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
      // engines refresh these statistics once a second
      if (most.compareTo(CLOCK_TOLERANCE) > 0) {
        findings.add(
            Finding.warning(
                "clock",
                String.format(
                    Locale.ROOT,
                    "the clock of %s differs by %d s from this machine's",
                    node.path("name").asText(),
                    most.toSeconds()),
                "synchronise the clocks (NTP): dates of indices and retention depend on them"));
      }
    }
  }

  private void privileges() throws IOException, InterruptedException {
    if (!product.equals("elasticsearch") || major < 7) {
      findings.add(
          Finding.unknown(
              "privileges", "not examined: this engine does not say what credentials may do"));
      return;
    }
    String names =
        (patterns.isEmpty() ? List.of("*") : patterns)
            .stream().map(pattern -> "\"" + pattern + "\"").collect(Collectors.joining(","));
    String body =
        "{\"cluster\":[\"monitor\",\"manage_index_templates\"],\"index\":[{\"names\":["
            + names
            + "],\"privileges\":[\"create_doc\",\"auto_configure\",\"view_index_metadata\"]}]}";
    JsonNode answer;
    try {
      answer = requests.send("POST", "/_security/user/_has_privileges", Map.of(), body);
    } catch (ClusterRefusedException e) {
      findings.add(
          Finding.unknown("privileges", "not examined: security is off, or: " + e.getMessage()));
      return;
    }
    List<String> missing = new ArrayList<>();
    answer.path("cluster").properties().forEach(one -> note(one, "of the cluster", missing));
    answer
        .path("index")
        .properties()
        .forEach(
            index ->
                index
                    .getValue()
                    .properties()
                    .forEach(one -> note(one, "for " + index.getKey(), missing)));
    if (!missing.isEmpty()) {
      findings.add(
          Finding.fault(
              "privileges",
              "the credentials lack " + names(missing),
              "grant them to the user or key"));
    }
  }

  private static void note(
      Map.Entry<String, JsonNode> privilege, String where, List<String> missing) {
    if (!privilege.getValue().asBoolean()) {
      missing.add(privilege.getKey() + " " + where);
    }
  }

  private void template(IndexTemplate template) throws IOException, InterruptedException {
    TemplateReport report;
    try {
      report = IndexTemplates.check(sink, template).toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw new IOException(cause(e), e);
    }
    if (!report.isCurrent()) {
      findings.add(
          Finding.warning(
              "index-template",
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

  private static String names(List<String> all) {
    String some = String.join(", ", all.subList(0, Math.min(SHOWN, all.size())));
    return all.size() <= SHOWN ? some : some + " and " + (all.size() - SHOWN) + " more";
  }
}

package dev.eventstream.es.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.indices.IndexInfo;
import dev.eventstream.es.indices.Indices;
import dev.eventstream.es.request.JsonRequests;
import dev.eventstream.es.request.Polling;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Backups of indices: snapshots in a repository of the cluster, each named by its time in UTC, such
 * as {@code eventstream-2026.11.28-03.00.00}. Snapshots with other names are neither listed nor
 * touched.
 *
 * <p>The methods wait for the cluster. They throw a {@link ClusterRefusedException} if it rejects a
 * request, and another {@link IOException} if it does not answer or cannot do what is asked for;
 * the message says why. An engine answers some of the requests only when it has read or changed
 * many files, so the request timeout of the sink should be minutes. Thread-safe.
 */
public final class Backups {
  private static final String PREFIX = "eventstream-";

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu.MM.dd-HH.mm.ss").withZone(ZoneOffset.UTC);

  private final ElasticsearchSink sink;
  private final JsonRequests requests;
  private final String repository;

  /**
   * Creates it without a request.
   *
   * @param sink must be open while this is used
   * @param repository the name of the snapshot repository
   */
  public Backups(ElasticsearchSink sink, String repository) {
    this.sink = sink;
    this.requests = new JsonRequests(sink.cluster());
    this.repository = repository;
  }

  /**
   * A backup.
   *
   * @param time the time in its name
   * @param state that of the engine: {@code SUCCESS}, {@code PARTIAL}, {@code FAILED}, {@code
   *     IN_PROGRESS} or {@code INCOMPATIBLE}
   * @param shards their number; 0 while it is in progress
   * @param duration zero while it is in progress
   * @param failures the shards that it does not contain, each with the reason
   */
  public record Backup(
      String name,
      Instant time,
      String state,
      List<String> indices,
      int shards,
      Duration duration,
      List<String> failures) {

    public Backup {
      indices = List.copyOf(indices);
      failures = List.copyOf(failures);
    }

    /** Whether it is complete, and contains any index. */
    public boolean isGood() {
      return state.equals("SUCCESS") && !indices.isEmpty();
    }

    /** Whether the engine is still writing it. */
    public boolean isRunning() {
      return state.equals("IN_PROGRESS");
    }
  }

  /**
   * What {@link #create} did.
   *
   * @param isNew false if there was a backup of this time already
   * @param skipped closed indices that are not in it, because the engine cannot back them up
   */
  public record Created(Backup backup, boolean isNew, List<String> skipped) {
    public Created {
      skipped = List.copyOf(skipped);
    }
  }

  /**
   * What {@link #verify} found.
   *
   * @param nodes the names of the nodes that can write to the repository
   * @param newest the newest good backup; empty: there is none
   * @param bytes the size of that backup, including the files that others share with it
   */
  public record Verified(List<String> nodes, Optional<Backup> newest, long bytes) {
    public Verified {
      nodes = List.copyOf(nodes);
    }
  }

  /**
   * What {@link #restore} will do.
   *
   * @param prefix what the names of the restored indices begin with; empty: they keep their names,
   *     and get the aliases that they had
   * @param indices their names in the backup
   * @param replaced existing indices that will be replaced, because they are closed
   * @param conflicts existing indices that must not be replaced and prevent the restore
   */
  public record RestorePlan(
      Backup backup,
      String prefix,
      List<String> indices,
      List<IndexInfo> replaced,
      List<IndexInfo> conflicts) {
    public RestorePlan {
      indices = List.copyOf(indices);
      replaced = List.copyOf(replaced);
      conflicts = List.copyOf(conflicts);
    }
  }

  /**
   * A restored index.
   *
   * @param documents their number
   */
  public record Restored(String index, long documents) {}

  /**
   * Which backups are kept. A backup is kept if either of the two says so.
   *
   * @param number the newest good ones, and everything newer than the oldest of these; 0: the
   *     number does not matter
   * @param age null: the age does not matter
   */
  public record Retention(int number, @Nullable Duration age) {

    /** Whether any backup is ever not kept. */
    public boolean isLimited() {
      return number > 0 || age != null;
    }

    /**
     * Returns the backups that are not kept. These are never the newest good one, one that is in
     * progress, or one that is newer than the newest good one.
     *
     * @param backups newest first
     * @param now the time to which ages are related
     */
    public List<Backup> expired(List<Backup> backups, Instant now) {
      if (!isLimited()) {
        return List.of();
      }
      List<Backup> expired = new ArrayList<>();
      int good = 0;
      for (Backup backup : backups) {
        boolean counted = good >= Math.max(1, number);
        boolean old = age == null || backup.time().isBefore(now.minus(age));
        if (counted && old && !backup.isRunning()) {
          expired.add(backup);
        }
        good += backup.isGood() ? 1 : 0;
      }
      return expired;
    }
  }

  /** Receives the progress of a backup or a restore every few seconds. */
  @FunctionalInterface
  public interface Progress {
    /** Reports the number of shards that are done, and of all shards. */
    void shards(int done, int all);
  }

  /** Returns the name of the backup of a time; parts of a second are left out. */
  public static String name(Instant time) {
    return PREFIX + TIME.format(time);
  }

  /**
   * Registers the repository as a directory, if there is none of its name.
   *
   * @param location a directory that all nodes share, below one that {@code path.repo} of each node
   *     names; or relative to the first of these
   * @throws IOException also if there is a repository of this name that is not this directory
   */
  public void register(String location) throws IOException, InterruptedException {
    JsonNode found = repository();
    if (found == null) {
      ObjectNode body = JsonNodeFactory.instance.objectNode().put("type", "fs");
      body.putObject("settings").put("location", location);
      try {
        requests.send("PUT", path(), Map.of(), body.toString());
        return;
      } catch (ClusterRefusedException e) {
        if (e.status() == 403) {
          throw e;
        }
        unregister();
        throw new ClusterRefusedException(
            e.getMessage()
                + "; the location \""
                + location
                + "\" has to be in a directory that path.repo of every node names, that all nodes"
                + " share, and that they can write to",
            e.status(),
            e.errorType());
      }
    }
    String type = found.path("type").asText();
    String there = found.at("/settings/location").asText();
    if (!type.equals("fs") || !there.equals(location)) {
      throw new IOException(
          "the snapshot repository \""
              + repository
              + "\" exists already, with the type "
              + type
              + (there.isEmpty() ? "" : " and the location \"" + there + "\"")
              + " instead of fs and \""
              + location
              + "\"; it is left as it is: use it without a location, or choose another name");
    }
  }

  /** An engine keeps a repository that was just registered, but that its nodes cannot use. */
  private void unregister() throws IOException, InterruptedException {
    try {
      requests.send("DELETE", path());
    } catch (ClusterRefusedException e) {
      if (!e.errorType().equals("repository_missing_exception")) {
        throw e;
      }
    }
  }

  /** Returns the definition of the repository; null: there is none. */
  private @Nullable JsonNode repository() throws IOException, InterruptedException {
    try {
      return requests.send("GET", path()).path(repository);
    } catch (ClusterRefusedException e) {
      if (e.errorType().equals("repository_missing_exception")) {
        return null;
      }
      throw e;
    }
  }

  /** Lists the backups, newest first. */
  public List<Backup> list() throws IOException, InterruptedException {
    // Not a pattern: engines answer 404 to one that matches nothing.
    return read(requests.send("GET", path() + "/_all"));
  }

  private @Nullable Backup find(String name) throws IOException, InterruptedException {
    try {
      List<Backup> found = read(requests.send("GET", path() + "/" + name));
      return found.isEmpty() ? null : found.get(0);
    } catch (ClusterRefusedException e) {
      if (e.errorType().equals("snapshot_missing_exception")) {
        return null;
      }
      throw e;
    }
  }

  private List<Backup> read(JsonNode answer) throws IOException {
    JsonNode failure = answer.path("failures").path(repository); // with status 200
    if (failure.isObject()) {
      throw new ClusterRefusedException(
          "the cluster cannot read the snapshot repository \""
              + repository
              + "\": "
              + failure.path("reason").asText(),
          404,
          failure.path("type").asText());
    }
    List<Backup> backups = new ArrayList<>();
    for (JsonNode snapshot : answer.path("snapshots")) {
      Instant time = time(snapshot.path("snapshot").asText());
      if (time != null) {
        backups.add(backup(snapshot, time));
      }
    }
    backups.sort(Comparator.comparing(Backup::time).reversed());
    return backups;
  }

  /** Returns the time in the name of a snapshot; null: it is not one of ours. */
  private static @Nullable Instant time(String name) {
    if (!name.startsWith(PREFIX)) {
      return null;
    }
    try {
      return TIME.parse(name.substring(PREFIX.length()), Instant::from);
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static Backup backup(JsonNode snapshot, Instant time) {
    List<String> failures = new ArrayList<>();
    for (JsonNode failure : snapshot.path("failures")) {
      failures.add(
          failure.path("index").asText()
              + " shard "
              + failure.path("shard_id").asText()
              + ": "
              + failure.path("reason").asText());
    }
    return new Backup(
        snapshot.path("snapshot").asText(),
        time,
        snapshot.path("state").asText(),
        StreamSupport.stream(snapshot.path("indices").spliterator(), false)
            .map(JsonNode::asText)
            .sorted()
            .toList(),
        snapshot.at("/shards/total").asInt(),
        Duration.ofMillis(Math.max(0, snapshot.path("duration_in_millis").asLong())),
        failures);
  }

  /**
   * Creates a backup and waits until it is finished. Has each node write to the repository before,
   * because engines report success if the nodes write to different directories. An index with a
   * shard that is not available does not prevent the backup of the others; the backup is then
   * {@code PARTIAL}. If there is a backup of this time already, for example because another process
   * has just begun it, waits for that one.
   *
   * @param time gives the backup its name
   * @param patterns of the names of the indices, as in {@link Indices#list}
   */
  public Created create(Instant time, Collection<String> patterns, Progress progress)
      throws IOException, InterruptedException {
    String name = name(time);
    List<IndexInfo> indices = Indices.list(sink, patterns);
    if (indices.isEmpty()) {
      throw new IOException(
          "there is nothing to back up: no index matches "
              + (patterns.isEmpty() ? "*,-.*" : String.join(",", patterns)));
    }
    verifyNodes();
    List<String> skipped = List.of();
    boolean isNew;
    try {
      isNew = begin(name, indices);
    } catch (ClusterRefusedException e) {
      skipped = indices.stream().filter(index -> !index.isOpen()).map(IndexInfo::name).toList();
      List<IndexInfo> open = indices.stream().filter(IndexInfo::isOpen).toList();
      // Elasticsearch 6 cannot back up a closed index. An empty list would stand for all indices.
      if (skipped.isEmpty() || open.isEmpty() || !e.errorType().equals("cluster_block_exception")) {
        throw e;
      }
      isNew = begin(name, open);
    }
    return new Created(await(name, progress), isNew, isNew ? skipped : List.of());
  }

  /** Returns false if there is a backup of this name already. */
  private boolean begin(String name, List<IndexInfo> indices)
      throws IOException, InterruptedException {
    ObjectNode body = request(indices.stream().map(IndexInfo::name).toList());
    body.put("ignore_unavailable", true); // one may be deleted meanwhile
    body.put("partial", true);
    try {
      requests.send("PUT", path() + "/" + name, Map.of(), body.toString());
      return true;
    } catch (ClusterRefusedException e) {
      // The types of this error differ, and Elasticsearch 6 has the same one while any other
      // snapshot is in progress.
      if ((e.status() == 400 || e.status() == 503) && find(name) != null) {
        return false;
      }
      throw e;
    }
  }

  /** A request that concerns indices, and nothing else of the cluster. */
  static ObjectNode request(Collection<String> indices) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    indices.forEach(body.putArray("indices")::add);
    return body.put("include_global_state", false);
  }

  /**
   * Waits until a backup is finished.
   *
   * @throws IOException also if there is no such backup; an engine forgets one that it could not
   *     write to the repository at all
   */
  public Backup await(String name, Progress progress) throws IOException, InterruptedException {
    Polling polling = new Polling();
    while (true) {
      Backup backup = find(name);
      if (backup == null) {
        throw new IOException(
            "the backup "
                + name
                + " is not in the repository \""
                + repository
                + "\"; if it was just begun, the cluster could not write it: see the log of its"
                + " elected master");
      }
      if (!backup.isRunning()) {
        return backup;
      }
      if (polling.isReportDue()) {
        JsonNode shards = status(name).path("shards_stats");
        progress.shards(shards.path("done").asInt(), shards.path("total").asInt());
      }
      polling.pause();
    }
  }

  private JsonNode status(String name) throws IOException, InterruptedException {
    return requests.send("GET", path() + "/" + name + "/_status").path("snapshots").path(0);
  }

  /**
   * Has each node write to the repository, and has the engine read what the newest good backup says
   * about each of its shards. The data itself is not read; only a restore does that.
   */
  public Verified verify() throws IOException, InterruptedException {
    List<String> nodes = verifyNodes();
    Optional<Backup> newest = newestGood(list());
    if (newest.isEmpty()) {
      return new Verified(nodes, newest, 0);
    }
    JsonNode status = status(newest.get().name());
    JsonNode shards = status.path("shards_stats");
    if (shards.path("done").asInt() != newest.get().shards()) {
      throw new IOException(
          "of the backup "
              + newest.get().name()
              + " only "
              + shards.path("done").asInt()
              + " of "
              + newest.get().shards()
              + " shards can be read");
    }
    return new Verified(nodes, newest, status.at("/stats/total/size_in_bytes").asLong());
  }

  /** Returns the names of the nodes, each of which can write to the repository. */
  private List<String> verifyNodes() throws IOException, InterruptedException {
    try {
      List<String> names = new ArrayList<>();
      requests
          .send("POST", path() + "/_verify")
          .path("nodes")
          .forEach(node -> names.add(node.path("name").asText()));
      return names;
    } catch (ClusterRefusedException e) {
      if (e.status() != 500) { // the types of this error differ
        throw e;
      }
      throw new ClusterRefusedException(
          e.getMessage()
              + "; all nodes have to share the repository, and to be able to write to it",
          e.status(),
          e.errorType());
    }
  }

  /**
   * Returns the newest good backup; empty: there is none.
   *
   * @param backups newest first
   */
  public static Optional<Backup> newestGood(List<Backup> backups) {
    return backups.stream().filter(Backup::isGood).findFirst();
  }

  /** Deletes a backup, with the files that no other one shares. */
  public void delete(Backup backup) throws IOException, InterruptedException {
    try {
      requests.send("DELETE", path() + "/" + backup.name());
    } catch (ClusterRefusedException e) {
      if (!e.errorType().equals("snapshot_missing_exception")) { // somebody else has deleted it
        throw e;
      }
    }
  }

  /**
   * Finds out what a restore would do. Changes nothing.
   *
   * @param patterns of the names of the indices in the backup, as in {@link Indices#list}
   * @param prefix is put before the name of each restored index, which then gets no aliases; lower
   *     case letters, digits and {@code . _ -}; empty: the names and aliases are those in the
   *     backup
   * @param replaceClosed whether indices that are closed may be replaced. Open ones never are
   * @throws IllegalArgumentException if the prefix cannot begin the name of an index
   * @throws IOException also if there is no such index in the backup
   */
  public RestorePlan planRestore(
      Backup backup, Collection<String> patterns, String prefix, boolean replaceClosed)
      throws IOException, InterruptedException {
    return new Restore(sink, path()).plan(backup, patterns, prefix, replaceClosed);
  }

  /**
   * Restores indices and waits until they can be searched.
   *
   * @return the restored indices by name
   * @throws IllegalArgumentException if there are conflicts
   * @throws IOException also if a shard cannot be restored; the indices remain, without its data
   */
  public List<Restored> restore(RestorePlan plan, Progress progress)
      throws IOException, InterruptedException {
    return new Restore(sink, path()).run(plan, progress);
  }

  private String path() {
    return "/_snapshot/" + repository;
  }
}

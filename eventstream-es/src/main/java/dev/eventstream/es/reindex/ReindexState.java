package dev.eventstream.es.reindex;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eventstream.es.indices.Indices;
import dev.eventstream.internal.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a copy: only what the cluster has acknowledged. It is stored in a file, which is
 * replaced atomically and durably. Not thread-safe.
 */
final class ReindexState {
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Path file;
  private final Map<String, String> job; // what is copied: another job must not continue this one
  private final SortedMap<String, String> sources; // names and codes, in the order of the copy
  private final List<Long> read; // of each source that was begun
  final ReindexTally tally;
  private long position;
  private long rejectedBytes;

  private ReindexState(
      Path file,
      Map<String, String> job,
      SortedMap<String, String> sources,
      List<Long> read,
      ReindexTally tally) {
    this.file = file;
    this.job = job;
    this.sources = sources;
    this.read = read;
    this.tally = tally;
    this.position = SourceIndex.START;
  }

  /** Stores that a copy has begun. */
  static ReindexState begin(Path file, Map<String, String> job, Map<String, String> sources)
      throws IOException {
    List<Long> read = new ArrayList<>(List.of(0L));
    ReindexState state =
        new ReindexState(file, job, new TreeMap<>(sources), read, new ReindexTally());
    state.write();
    return state;
  }

  /**
   * Reads the progress of an earlier run.
   *
   * @param job what is to be copied: names and values
   * @return null: there was none, or it had copied nothing
   * @throws IOException if the file is not readable, or holds the progress of something else; with
   *     the remedy
   */
  static @Nullable ReindexState read(Path file, Map<String, String> job) throws IOException {
    if (!Files.exists(file)) {
      return null;
    }
    JsonNode json;
    try {
      json = JSON.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw notOurs(file, e);
    }
    if (json.path("format").asInt() != FORMAT || !json.path("sources").isObject()) {
      throw notOurs(file, null);
    }
    boolean isBegun = json.path("read").size() > 1 || json.path("position").asLong() >= 0;
    for (Map.Entry<String, String> part : job.entrySet()) {
      String found = json.path("job").path(part.getKey()).asText();
      if (!found.equals(part.getValue())) {
        if (!isBegun) {
          return null;
        }
        throw new IOException(
            file
                + " holds the progress of a copy with the "
                + part.getKey()
                + " \""
                + found
                + "\", not \""
                + part.getValue()
                + "\"; use another state file for this copy, or remove that one to give up the other"
                + " copy");
      }
    }
    SortedMap<String, String> sources = new TreeMap<>();
    List<Long> read = new ArrayList<>();
    for (Map.Entry<String, JsonNode> source : json.path("sources").properties()) {
      sources.put(source.getKey(), source.getValue().asText());
    }
    json.path("read").forEach(count -> read.add(count.asLong()));
    ReindexState state =
        new ReindexState(file, job, sources, read, new ReindexTally(json.path("counts")));
    state.position = json.path("position").asLong();
    state.rejectedBytes = json.path("rejectedBytes").asLong();
    return state;
  }

  private static IOException notOurs(Path file, @Nullable Exception cause) {
    return new IOException(
        file
            + " does not hold the progress of a copy; use another state file, or remove it to copy"
            + " from the start, which creates no duplicates",
        cause);
  }

  /** The names and codes of the sources, see {@link Indices#resolve}. */
  Map<String, String> sources() {
    return sources;
  }

  /**
   * Compares the sources with those that there are now. Further ones are not copied.
   *
   * @throws IOException if one was deleted, or created again, or is in another cluster
   */
  void check(Map<String, String> found) throws IOException {
    for (Map.Entry<String, String> source : sources.entrySet()) {
      if (!source.getValue().equals(found.get(source.getKey()))) {
        throw new IOException(
            file
                + " holds the progress of a copy of another index "
                + source.getKey()
                + ", which was deleted or is in another cluster; use another state file for this copy,"
                + " or remove that one to copy from the start");
      }
    }
  }

  /** The source that is being copied; null: all are done. */
  @Nullable String current() {
    return read.size() > sources.size() ? null : names().get(read.size() - 1);
  }

  /** The position in the current source, see {@link SourceIndex}. */
  long position() {
    return position;
  }

  /** The length of the file of rejected documents that belongs to this progress. */
  long rejectedBytes() {
    return rejectedBytes;
  }

  /** The number of documents that were read from a source. */
  long readFrom(String source) {
    return read.get(names().indexOf(source));
  }

  private List<String> names() {
    return List.copyOf(sources.keySet());
  }

  /** Stores that a portion of the current source is done. */
  void portionDone(ReindexTally portion, long newPosition, long newRejectedBytes)
      throws IOException {
    int at = read.size() - 1;
    read.set(at, read.get(at) + portion.countRead());
    tally.add(portion);
    position = newPosition;
    rejectedBytes = newRejectedBytes;
    write();
  }

  /** Stores that the current source is done. */
  void sourceDone() throws IOException {
    read.add(0L);
    position = SourceIndex.START;
    write();
  }

  /** Ends the copy. */
  void delete() throws IOException {
    Files.deleteIfExists(file);
  }

  private void write() throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.put("format", FORMAT);
    job.forEach(json.putObject("job")::put);
    sources.forEach(json.putObject("sources")::put);
    read.forEach(json.putArray("read")::add);
    json.put("position", position);
    json.put("rejectedBytes", rejectedBytes);
    json.set("counts", tally.json());
    DurableFile.replace(file, JSON.writeValueAsBytes(json));
  }
}

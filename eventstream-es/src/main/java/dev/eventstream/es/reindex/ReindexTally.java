package dev.eventstream.es.reindex;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.es.reindex.ReindexReport.Failure;
import dev.eventstream.spi.ItemResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts documents. Thread-safe. */
final class ReindexTally {
  private static final int SHOWN_FAILURES = 20;

  @GuardedBy("this") private long read;

  @GuardedBy("this") private long written;

  @GuardedBy("this") private long alreadyThere;

  @GuardedBy("this") private long sheltered;

  @GuardedBy("this") private long failed;

  @GuardedBy("this") private final Map<String, Long> targets = new TreeMap<>();

  @GuardedBy("this") private final List<Failure> failures = new ArrayList<>();

  ReindexTally() {}

  /** Continues the counts of an earlier run. */
  ReindexTally(JsonNode json) {
    read = json.path("read").asLong();
    written = json.path("written").asLong();
    alreadyThere = json.path("alreadyThere").asLong();
    sheltered = json.path("sheltered").asLong();
    failed = json.path("failed").asLong();
    for (Map.Entry<String, JsonNode> target : json.path("targets").properties()) {
      targets.put(target.getKey(), target.getValue().asLong());
    }
  }

  synchronized ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("read", read)
        .put("written", written)
        .put("alreadyThere", alreadyThere)
        .put("sheltered", sheltered)
        .put("failed", failed);
    ObjectNode inTargets = json.putObject("targets");
    for (Map.Entry<String, Long> target : targets.entrySet()) {
      inTargets.put(target.getKey(), target.getValue());
    }
    return json;
  }

  synchronized void read() {
    read++;
  }

  synchronized long countRead() {
    return read;
  }

  /** Counts a document that is in its target. */
  synchronized void settled(String target, ItemResult.Kind result) {
    switch (result) {
      case WRITTEN -> written++;
      case SHELTERED -> sheltered++;
      case DUPLICATE -> alreadyThere++;
      case DROPPED, FAILED -> throw new IllegalArgumentException(result + " is not settled");
    }
    targets.merge(target, 1L, Long::sum);
  }

  synchronized void failed(Failure failure) {
    failed++;
    if (failures.size() < SHOWN_FAILURES) {
      failures.add(failure);
    }
  }

  /** Adds the counts of a portion, which is not used any more. */
  void add(ReindexTally portion) {
    ReindexReport counts = portion.report(0, List.of());
    synchronized (this) {
      read += counts.read();
      written += counts.written();
      alreadyThere += counts.alreadyThere();
      sheltered += counts.sheltered();
      failed += counts.failed();
      for (Map.Entry<String, Long> target : counts.targets().entrySet()) {
        targets.merge(target.getKey(), target.getValue(), Long::sum);
      }
      int room = SHOWN_FAILURES - failures.size();
      failures.addAll(counts.failures().subList(0, Math.min(room, counts.failures().size())));
    }
  }

  synchronized ReindexReport report(long total, List<String> obstacles) {
    return new ReindexReport(
        total, read, written, alreadyThere, sheltered, failed, targets, failures, obstacles);
  }
}

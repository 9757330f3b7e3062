package dev.eventstream.server.cli;

import dev.eventstream.es.indices.IndexInfo;
import dev.eventstream.es.indices.Retention;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prints a list of indices: a table for people, or an object per line for programs. */
final class IndexTable {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private final List<IndexInfo> indices;
  private final Map<String, Retention.Step> next;

  /**
   * Creates a table.
   *
   * @param next what happens next to an index, by its name
   */
  IndexTable(List<IndexInfo> indices, Map<String, Retention.Step> next) {
    this.indices = indices;
    this.next = next;
  }

  void print(Console console) throws IOException {
    if (console.json()) {
      for (IndexInfo index : indices) {
        console.printJson(members(index));
      }
      return;
    }
    PrintStream out = console.out();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("INDEX", "HEALTH", "DOCUMENTS", "SIZE", "SHARDS", "AGE", "TEMPLATE", "NEXT"));
    indices.forEach(index -> rows.add(row(index, Instant.now())));
    TextTable.print(rows, out);
    long documents = indices.stream().mapToLong(IndexInfo::documents).sum();
    long bytes = indices.stream().mapToLong(IndexInfo::bytes).sum();
    out.println(
        indices.size()
            + " indices, "
            + documents
            + " documents, "
            + size(bytes)
            + " with replicas");
  }

  private Map<String, Object> members(IndexInfo index) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("index", index.name());
    members.put("health", index.health());
    members.put("open", index.isOpen());
    members.put("documents", index.documents());
    members.put("bytes", index.bytes());
    members.put("shards", index.shards());
    members.put("replicas", index.replicas());
    members.put("created", index.created().toString());
    members.put("template", index.hasTemplate());
    Retention.Step step = next.get(index.name());
    if (step != null) {
      members.put("next", action(step));
      members.put("due", step.due().toString());
    }
    return members;
  }

  private List<String> row(IndexInfo index, Instant now) {
    return List.of(
        index.name(),
        index.isOpen() ? index.health() : "closed",
        index.isOpen() ? String.valueOf(index.documents()) : "",
        index.isOpen() ? size(index.bytes()) : "",
        index.shards() == 0 ? "" : index.shards() + "x" + (1 + index.replicas()),
        age(Duration.between(index.created(), now)),
        index.hasTemplate() ? "yes" : "no",
        next(index, now));
  }

  /** What a step does, for people. */
  static String action(Retention.Step step) {
    return step.action().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private String next(IndexInfo index, Instant now) {
    Retention.Step step = next.get(index.name());
    if (step == null) {
      return "";
    }
    return action(step)
        + (step.due().isAfter(now) ? " in " + age(Duration.between(now, step.due())) : " now");
  }

  static String size(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
  }

  static String age(Duration age) {
    if (age.toDays() > 1) {
      return age.toDays() + "d";
    }
    return age.toHours() > 1 ? age.toHours() + "h" : Math.max(0, age.toMinutes()) + "min";
  }
}

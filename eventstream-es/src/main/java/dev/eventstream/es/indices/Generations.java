package dev.eventstream.es.indices;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import dev.eventstream.es.bulk.Repeats;
import dev.eventstream.es.index.Generation;
import dev.eventstream.spi.IndexPattern;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The generations of the indices of events at one time. Immutable.
 *
 * @param present the name of the generation that new documents go to, by index
 * @param others the other generations in which repeated documents may be, by the name of one
 * @param latest the last generation of each index, if new documents go there
 */
record Generations(
    Map<String, String> present, Map<String, List<Repeats.Other>> others, List<Numbered> latest) {
  static final Generations NONE = new Generations(Map.of(), Map.of(), List.of());

  /** A generation, and what the cluster says of it. */
  record Numbered(Generation generation, IndexInfo info) {}

  /**
   * When an index is continued in another one.
   *
   * @param documents 0: never for this reason
   * @param shardBytes the mean size of a primary shard; 0: never for this reason
   * @param age null: never for this reason
   */
  record Limits(long documents, long shardBytes, @Nullable Duration age) {
    private boolean areExceeded(IndexInfo info, Instant now) {
      return (documents > 0 && info.documents() >= documents)
          || (shardBytes > 0 && info.shardBytes() >= shardBytes)
          || (age != null && info.documents() > 0 && !now.isBefore(info.created().plus(age)));
    }
  }

  /**
   * Sorts indices of events.
   *
   * @param interval in which every process learns of a new generation; it is used two intervals
   *     after its creation
   * @param repeatWindow the time after that in which repeats are looked up
   */
  static Generations of(
      List<Numbered> indices, Duration interval, Duration repeatWindow, Instant now) {
    Map<String, List<Numbered>> byIndex =
        indices.stream()
            .sorted(Comparator.comparing(numbered -> numbered.generation.number()))
            .collect(groupingBy(numbered -> numbered.generation.index(), TreeMap::new, toList()));
    Map<String, String> present = new TreeMap<>();
    List<Numbered> latest = new ArrayList<>();
    Map<String, List<Repeats.Other>> others = new HashMap<>();
    byIndex.forEach(
        (index, generations) -> {
          Numbered current = generations.get(0);
          for (int i = 1; i < generations.size(); i++) {
            Numbered next = generations.get(i);
            Instant used = next.info.created().plus(interval.multipliedBy(2));
            if (!now.isBefore(used)) {
              current = next;
            }
            if (now.isBefore(used.plus(repeatWindow))) {
              String before = generations.get(i - 1).info.name();
              // Another process may be an interval late.
              long idsUntil = used.plus(interval).toEpochMilli();
              add(others, next.info.name(), new Repeats.Other(before, idsUntil));
              add(others, before, new Repeats.Other(next.info.name(), Long.MAX_VALUE));
            }
          }
          present.put(index, current.info.name());
          if (current.equals(generations.get(generations.size() - 1))) {
            latest.add(current);
          }
        });
    return new Generations(present, others, latest);
  }

  private static void add(
      Map<String, List<Repeats.Other>> others, String name, Repeats.Other other) {
    others.computeIfAbsent(name, any -> new ArrayList<>(2)).add(other);
  }

  /** Returns the name of the generation for new documents. */
  String current(String index) {
    String known = present.get(index);
    return known == null ? index + Generation.FIRST : known;
  }

  /** Returns the generations to create. An index of a period that is over is not continued. */
  List<Generation> due(Limits limits, IndexPattern pattern, Instant now) {
    return latest.stream()
        .filter(last -> limits.areExceeded(last.info, now))
        .map(Numbered::generation)
        .filter(
            last ->
                pattern
                    .read(last.index())
                    .filter(parts -> parts.period().contains(now.toEpochMilli()))
                    .isPresent())
        .map(Generation::next)
        .toList();
  }
}

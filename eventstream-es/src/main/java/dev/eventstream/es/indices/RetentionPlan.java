package dev.eventstream.es.indices;

import static java.util.stream.Collectors.groupingBy;

import dev.eventstream.es.indices.Retention.Action;
import dev.eventstream.es.indices.Retention.Step;
import dev.eventstream.spi.IndexPattern;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Decides what happens to the indices of events, and when. */
final class RetentionPlan {
  private static final Comparator<Found> OLDEST_FIRST =
      Comparator.comparing((Found found) -> found.name.parts().period().start())
          .thenComparing(found -> found.name.generation().number());

  /** In a month of 31 days and a year of 366. */
  private static final Instant LONGEST_PERIOD = Instant.parse("2024-01-01T00:00:00Z");

  /** A clock that is wrong by that much makes an index before its period. */
  private static final Duration AHEAD = Duration.ofHours(1);

  private final EventIndices indices;
  private final Map<Action, Retention.Ages> rules;

  RetentionPlan(EventIndices indices, Map<Action, Retention.Ages> rules) {
    this.indices = indices;
    this.rules = new EnumMap<>(rules);
  }

  /** An index of events. */
  private record Found(IndexInfo info, EventIndices.Name name) {}

  /**
   * An index that has a successor.
   *
   * @param type that of its events
   * @param lastEvent no event in it is younger
   */
  record Old(IndexInfo info, String type, Instant lastEvent) {}

  /** Returns the next step for each index that has a successor, in the order of time. */
  List<Step> of(List<IndexInfo> all, Instant now) {
    return superseded(all).stream()
        .flatMap(old -> next(old, now).stream())
        .sorted(Comparator.comparing(Step::due).thenComparing(Step::index))
        .toList();
  }

  /**
   * Returns the indices that carry the mark of eventstream, except the newest of each event type:
   * oldest first within a type.
   */
  List<Old> superseded(List<IndexInfo> all) {
    Map<String, List<Found>> byType =
        all.stream()
            .filter(IndexInfo::hasTemplate)
            .flatMap(info -> indices.read(info.name()).map(name -> new Found(info, name)).stream())
            .collect(groupingBy(found -> found.name.parts().eventType()));
    List<Old> superseded = new ArrayList<>();
    byType.forEach(
        (type, ofType) -> {
          ofType.sort(OLDEST_FIRST);
          for (int i = 0; i < ofType.size() - 1; i++) {
            Found found = ofType.get(i);
            superseded.add(new Old(found.info, type, lastEvent(found, ofType.get(i + 1))));
          }
        });
    return superseded;
  }

  /** The ages of the youngest event in an index of a type, after which something happens. */
  EnumMap<Action, Duration> ages(String type) {
    EnumMap<Action, Duration> ages = new EnumMap<>(Action.class);
    rules.forEach(
        (action, ofAction) -> {
          Duration age = ofAction.of(type);
          if (age != null) {
            ages.put(action, age);
          }
        });
    return ages;
  }

  /** Whether a type has ages of its own. */
  boolean isNamed(String type) {
    return rules.values().stream().anyMatch(ages -> ages.byType().containsKey(type));
  }

  /** The longest time from the creation of a dated index to the end of its period. */
  Duration longestFill() {
    IndexPattern.Period longest = indices.pattern().period(LONGEST_PERIOD.toEpochMilli());
    return Duration.ofMillis(longest.end() - longest.start()).plus(AHEAD);
  }

  /** The end of the period in the name, or the time since which the next generation exists. */
  private Instant lastEvent(Found found, Found next) {
    return indices.pattern().isDated()
        ? Instant.ofEpochMilli(found.name.parts().period().end())
        : next.info.created();
  }

  /** Of several steps that are due, the last one makes the others pointless. */
  private Optional<Step> next(Old old, Instant now) {
    List<Step> steps = new ArrayList<>();
    ages(old.type)
        .forEach(
            (action, age) -> {
              if (action.appliesTo(old.info)) {
                Instant due = old.lastEvent.plus(age);
                steps.add(new Step(old.info.name(), action, due, old.lastEvent, age));
              }
            });
    List<Step> due = steps.stream().filter(step -> !step.due().isAfter(now)).toList();
    return due.isEmpty()
        ? steps.stream().min(Comparator.comparing(Step::due))
        : Optional.of(due.get(due.size() - 1));
  }
}

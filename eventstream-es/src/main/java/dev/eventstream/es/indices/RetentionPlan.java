package dev.eventstream.es.indices;

import static java.util.stream.Collectors.groupingBy;

import dev.eventstream.es.indices.Retention.Action;
import dev.eventstream.es.indices.Retention.Step;
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

  private final EventIndices indices;
  private final Map<Action, Retention.Ages> rules;

  RetentionPlan(EventIndices indices, Map<Action, Retention.Ages> rules) {
    this.indices = indices;
    this.rules = new EnumMap<>(rules);
  }

  /** An index of events. */
  private record Found(IndexInfo info, EventIndices.Name name) {}

  /**
   * Returns the next step for each index that carries the mark of eventstream, except the newest of
   * each event type: oldest first.
   */
  List<Step> of(List<IndexInfo> all, Instant now) {
    Map<String, List<Found>> byType =
        all.stream()
            .filter(IndexInfo::hasTemplate)
            .flatMap(info -> indices.read(info.name()).map(name -> new Found(info, name)).stream())
            .collect(groupingBy(found -> found.name.parts().eventType()));
    List<Step> steps = new ArrayList<>();
    byType.forEach(
        (type, ofType) -> {
          ofType.sort(OLDEST_FIRST);
          for (int i = 0; i < ofType.size() - 1; i++) {
            Found found = ofType.get(i);
            next(found.info, type, lastEvent(found, ofType.get(i + 1)), now).ifPresent(steps::add);
          }
        });
    steps.sort(Comparator.comparing(Step::due).thenComparing(Step::index));
    return steps;
  }

  /** The end of the period in the name, or the time since which the next generation exists. */
  private Instant lastEvent(Found found, Found next) {
    return indices.pattern().isDated()
        ? Instant.ofEpochMilli(found.name.parts().period().end())
        : next.info.created();
  }

  /** Of several steps that are due, the last one makes the others pointless. */
  private Optional<Step> next(IndexInfo info, String type, Instant lastEvent, Instant now) {
    List<Step> steps = new ArrayList<>();
    for (Action action : Action.values()) {
      Retention.Ages ages = rules.get(action);
      Duration age = ages == null ? null : ages.of(type);
      if (age != null && action.appliesTo(info)) {
        steps.add(new Step(info.name(), action, lastEvent.plus(age), lastEvent, age));
      }
    }
    List<Step> due = steps.stream().filter(step -> !step.due().isAfter(now)).toList();
    return due.isEmpty()
        ? steps.stream().min(Comparator.comparing(Step::due))
        : Optional.of(due.get(due.size() - 1));
  }
}

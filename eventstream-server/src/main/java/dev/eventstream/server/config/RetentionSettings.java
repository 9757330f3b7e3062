package dev.eventstream.server.config;

import dev.eventstream.es.indices.Retention;
import dev.eventstream.es.indices.Retention.Action;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What happens to old indices.
 *
 * @param removeReplicas after which age replicas are deleted
 * @param close after which age indices are closed
 * @param delete after which age indices are deleted
 * @param limit of indices per round
 * @param byEngine whether policies of the engine carry it out
 */
public record RetentionSettings(
    Ages removeReplicas, Ages close, Ages delete, int limit, boolean byEngine) {

  static RetentionSettings of(SettingSources sources) {
    return new RetentionSettings(
        sources.read(Setting.REMOVE_REPLICAS_AFTER, Ages.NEVER),
        sources.read(Setting.CLOSE_AFTER, Ages.NEVER),
        sources.read(Setting.RETENTION, Ages.NEVER),
        sources.read(Setting.RETENTION_LIMIT, 1),
        sources.read(Setting.RETENTION_BY, false));
  }

  /** Whether anything ever happens. */
  public boolean isOn() {
    return Stream.of(removeReplicas, close, delete)
        .anyMatch(ages -> ages.all().findAny().isPresent());
  }

  /** The shortest age after which an index takes no more events; empty: none. */
  Optional<Duration> shortest() {
    return Stream.of(close, delete).flatMap(Ages::all).min(Duration::compareTo);
  }

  /** The event types that are named. */
  Set<String> types() {
    return Stream.of(removeReplicas, close, delete)
        .map(ages -> ages.byType().keySet())
        .flatMap(Collection::stream)
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * The retention with these settings.
   *
   * @throws IllegalArgumentException if the indices of events cannot be told from others
   */
  public Retention retention(String pattern, Set<String> eventTypes) {
    Retention.Builder retention = Retention.builder(pattern).eventTypes(eventTypes);
    add(retention, removeReplicas, Action.REMOVE_REPLICAS);
    add(retention, close, Action.CLOSE);
    add(retention, delete, Action.DELETE);
    return retention.build();
  }

  private static void add(Retention.Builder retention, Ages ages, Action action) {
    Duration general = ages.general();
    if (general != null) {
      retention.after(general, action);
    }
    ages.byType().forEach((type, age) -> retention.after(age, action, type));
  }
}

package dev.eventstream.server.config;

import dev.eventstream.es.indices.Retention;
import dev.eventstream.es.indices.Rollover;
import dev.eventstream.spi.IndexPattern;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which index an event goes to, and what becomes of the index.
 *
 * @param pattern an index name with placeholders for type and date
 * @param eventTypes the accepted event types; empty: all valid ones
 * @param maxAge how old an event's time may be if the pattern has a date
 * @param maxAhead how far an event's time may be in the future if the pattern has a date
 * @param repeatWindow for how long after the change of an index repeats are looked up; zero: never
 */
public record IndexSettings(
    String pattern,
    Set<String> eventTypes,
    Duration maxAge,
    Duration maxAhead,
    Duration repeatWindow,
    RolloverSettings rollover,
    RetentionSettings retention) {

  private static final List<Setting> ROLLOVER =
      List.of(Setting.ROLLOVER_DOCUMENTS, Setting.ROLLOVER_SHARD_BYTES, Setting.ROLLOVER_AGE);
  private static final List<Setting> RETENTION =
      List.of(Setting.RETENTION, Setting.CLOSE_AFTER, Setting.REMOVE_REPLICAS_AFTER);

  public IndexSettings {
    eventTypes = Set.copyOf(eventTypes);
  }

  static IndexSettings of(SettingSources sources) {
    String index = sources.read(Setting.INDEX, "");
    RetentionSettings retention = RetentionSettings.of(sources);
    IndexSettings settings =
        new IndexSettings(
            index,
            sources.read(Setting.EVENT_TYPES, Set.of()),
            maxAge(sources, retention),
            sources.read(Setting.MAX_EVENT_AHEAD, Duration.ZERO),
            sources.read(Setting.REPEAT_WINDOW, Duration.ZERO),
            RolloverSettings.of(sources),
            retention);
    if (!index.isEmpty()) { // otherwise it is faulty, which is reported
      settings.check(sources, IndexPattern.parse(index));
    }
    return settings;
  }

  /** An event must not be older than what is deleted or closed. */
  private static Duration maxAge(SettingSources sources, RetentionSettings retention) {
    Duration age = sources.read(Setting.MAX_EVENT_AGE, Duration.ZERO);
    Duration kept = retention.shortest().orElse(age);
    if (age.compareTo(kept) <= 0) {
      return age;
    }
    if (sources.isSet(Setting.MAX_EVENT_AGE)) {
      sources.fault(
          sources.label(Setting.MAX_EVENT_AGE)
              + " is longer than the shortest age in EVENTSTREAM_RETENTION and"
              + " EVENTSTREAM_CLOSE_AFTER: events would go to indices that are deleted or closed;"
              + " make it shorter");
    }
    return kept;
  }

  private void check(SettingSources sources, IndexPattern parsed) {
    String setting =
        Stream.of(ROLLOVER, RETENTION)
            .flatMap(List::stream)
            .filter(sources::isSet)
            .map(sources::label)
            .findFirst()
            .orElse(null);
    if (setting == null) {
      return;
    }
    if (eventTypes.isEmpty() && parsed.ofAnyDate("*").startsWith("*")) {
      sources.fault(
          setting
              + " needs indices of events that can be told from others; begin EVENTSTREAM_INDEX"
              + " with a fixed part, such as events-{eventType}, or set EVENTSTREAM_EVENT_TYPES");
      return;
    }
    if (!parsed.isDated() && ROLLOVER.stream().noneMatch(sources::isSet)) {
      sources.fault(
          setting
              + " has no effect, because an index without a date has events of any age; put a date"
              + " into EVENTSTREAM_INDEX, such as events-{eventType}-{yyyy.MM.dd}, or set"
              + " EVENTSTREAM_ROLLOVER_AGE");
    }
    if (retention.isOn() && retention.byEngine() && !parsed.isDated()) {
      sources.fault(
          "EVENTSTREAM_RETENTION_BY=engine needs a date in EVENTSTREAM_INDEX, such as"
              + " events-{eventType}-{yyyy.MM.dd}: the engine counts the age of an index from its"
              + " creation; add a date, or set EVENTSTREAM_RETENTION_BY=server");
    }
    if (!retention.types().isEmpty() && !pattern.contains("{eventType}")) {
      sources.fault(
          "EVENTSTREAM_RETENTION, EVENTSTREAM_CLOSE_AFTER or EVENTSTREAM_REMOVE_REPLICAS_AFTER"
              + " names an event type, but all types are in the same index; put {eventType} into"
              + " EVENTSTREAM_INDEX");
    }
    try {
      Optional<Rollover> unused = newRollover();
    } catch (IllegalArgumentException e) {
      sources.fault(setting + " adds a number to the name of an index: " + e.getMessage());
    }
  }

  /** Continues indices; empty: none is continued. */
  public Optional<Rollover> newRollover() {
    return rollover.isOn()
        ? Optional.of(rollover.rollover(pattern, eventTypes, repeatWindow))
        : Optional.empty();
  }

  /** Removes old indices; empty: all stay. */
  public Optional<Retention> newRetention() {
    return retention.isOn()
        ? Optional.of(retention.retention(pattern, eventTypes))
        : Optional.empty();
  }
}

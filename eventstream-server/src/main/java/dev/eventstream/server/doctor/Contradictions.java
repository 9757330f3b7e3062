package dev.eventstream.server.doctor;

import dev.eventstream.es.doctor.Finding;
import dev.eventstream.server.config.Ages;
import dev.eventstream.server.config.RetentionSettings;
import dev.eventstream.server.config.ServerSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Settings that are valid each, but of which one prevents another from having its effect. */
public final class Contradictions {
  private static final String DELETE = "EVENTSTREAM_RETENTION";
  private static final String CLOSE = "EVENTSTREAM_CLOSE_AFTER";
  private static final String REPLICAS = "EVENTSTREAM_REMOVE_REPLICAS_AFTER";

  private final List<Finding> findings = new ArrayList<>();

  private Contradictions() {}

  /** Examines settings. */
  public static List<Finding> examine(ServerSettings settings) {
    Contradictions found = new Contradictions();
    RetentionSettings retention = settings.indices().retention();
    found.compare(CLOSE, retention.close(), DELETE, retention.delete());
    found.compare(REPLICAS, retention.removeReplicas(), CLOSE, retention.close());
    found.compare(REPLICAS, retention.removeReplicas(), DELETE, retention.delete());
    if (settings.indexTemplate().replicas() == 0 && shortest(retention.removeReplicas()) != null) {
      found.add(
          "EVENTSTREAM_INDEX_REPLICAS",
          REPLICAS + " has no effect on new indices: EVENTSTREAM_INDEX_REPLICAS is 0",
          "remove one of them",
          REPLICAS);
    }
    Duration kept = shortest(retention.delete());
    Duration rollover = settings.indices().rollover().age();
    if (kept != null && rollover != null && rollover.compareTo(kept) > 0) {
      found.add(
          DELETE,
          "indices are continued after "
              + shown(rollover)
              + " (EVENTSTREAM_ROLLOVER_AGE), and deleted "
              + shown(kept)
              + " later: their oldest events stay longer than "
              + DELETE
              + " says",
          "make EVENTSTREAM_ROLLOVER_AGE shorter than " + DELETE,
          "EVENTSTREAM_ROLLOVER_AGE");
    }
    Duration backups = settings.backup().interval();
    if (kept != null && backups != null && backups.compareTo(kept) >= 0) {
      found.add(
          DELETE,
          "indices are deleted after "
              + shown(kept)
              + ", and there is a backup every "
              + shown(backups)
              + " only: some events are in no backup",
          "make EVENTSTREAM_BACKUP_INTERVAL shorter than " + DELETE,
          "EVENTSTREAM_BACKUP_INTERVAL");
    }
    return List.copyOf(found.findings);
  }

  /** The shortest age; null if there is none. */
  public static @Nullable Duration shortest(Ages ages) {
    return Stream.concat(Stream.ofNullable(ages.general()), ages.byType().values().stream())
        .min(Duration::compareTo)
        .orElse(null);
  }

  /** What happens first must have the shorter age, for every type. */
  private void compare(String first, Ages early, String second, Ages late) {
    Set<String> types = new TreeSet<>(early.byType().keySet());
    types.addAll(late.byType().keySet());
    types.add(""); // all others
    for (String type : types) {
      Duration before = early.byType().getOrDefault(type, early.general());
      Duration after = late.byType().getOrDefault(type, late.general());
      if (before != null && after != null && before.compareTo(after) >= 0) {
        String of = type.isEmpty() ? "" : " of the event type " + type;
        add(
            first,
            first
                + " ("
                + shown(before)
                + ") has no effect on indices"
                + of
                + ": "
                + second
                + " ("
                + shown(after)
                + ") comes first",
            "make it shorter, or remove it",
            second);
      }
    }
  }

  private void add(String setting, String message, String remedy, String other) {
    findings.add(LocalCheck.CONTRADICTION.warning(List.of(setting, other), message, remedy));
  }

  private static String shown(Duration time) {
    if (time.toHours() > 0 && time.toHours() % 24 == 0) {
      return time.toDays() + "d";
    }
    return time.toMinutes() % 60 == 0 && time.toHours() > 0
        ? time.toHours() + "h"
        : time.toSeconds() + "s";
  }
}

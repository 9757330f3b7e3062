package dev.eventstream.server.config;

import dev.eventstream.es.indices.Rollover;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When an index is continued in another one.
 *
 * @param documents null: never for this reason
 * @param shardBytes null: never for this reason
 * @param age null: never for this reason
 * @param interval at which the cluster is asked
 */
public record RolloverSettings(
    @Nullable Integer documents,
    @Nullable Long shardBytes,
    @Nullable Duration age,
    Duration interval) {

  static RolloverSettings of(SettingSources sources) {
    return new RolloverSettings(
        sources.readOptional(Setting.ROLLOVER_DOCUMENTS, Integer.class),
        sources.readOptional(Setting.ROLLOVER_SHARD_BYTES, Long.class),
        sources.readOptional(Setting.ROLLOVER_AGE, Duration.class),
        sources.read(Setting.ROLLOVER_INTERVAL, Duration.ofSeconds(1)));
  }

  /** Whether indices are ever continued. */
  public boolean isOn() {
    return documents != null || shardBytes != null || age != null;
  }

  /**
   * The rollover with these settings.
   *
   * @param repeatWindow zero: repeats are not looked up
   * @throws IllegalArgumentException if the indices of events cannot be told from others
   */
  public Rollover rollover(String pattern, Set<String> eventTypes, Duration repeatWindow) {
    Rollover.Builder rollover = Rollover.builder(pattern).eventTypes(eventTypes).interval(interval);
    if (documents != null) {
      rollover.documents(documents);
    }
    if (shardBytes != null) {
      rollover.shardBytes(shardBytes);
    }
    if (age != null) {
      rollover.age(age);
    }
    if (!repeatWindow.isZero()) {
      rollover.repeatWindow(repeatWindow);
    }
    return rollover.build();
  }
}

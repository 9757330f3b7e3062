package dev.eventstream.server.config;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Ages of events.
 *
 * @param general for all types that are not named; null: never
 * @param byType for types
 */
public record Ages(@Nullable Duration general, Map<String, Duration> byType) {
  static final Ages NEVER = new Ages(null, Map.of());

  public Ages {
    byType = Map.copyOf(byType);
  }

  /** Reads {@code 90d}, {@code click=30d}, or both, separated by commas. */
  static Ages parse(List<String> parts, Function<String, Duration> time) {
    Duration general = null;
    Map<String, Duration> byType = new LinkedHashMap<>();
    for (String part : parts) {
      int sign = part.indexOf('=');
      String type = sign < 0 ? "" : part.substring(0, sign).strip();
      Duration age = time.apply(part.substring(sign + 1).strip());
      boolean twice = sign < 0 ? general != null : byType.put(type, age) != null;
      if (twice || (sign >= 0 && type.isEmpty())) {
        throw new IllegalArgumentException(
            "write one age for all event types, such as 90d, and others for single types, such as"
                + " 90d,click=30d");
      }
      if (sign < 0) {
        general = age;
      }
    }
    return new Ages(general, byType);
  }

  /** All of them. */
  Stream<Duration> all() {
    return Stream.concat(Stream.ofNullable(general), byType.values().stream());
  }
}

package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.internal.text.Utf8Map;
import dev.eventstream.spi.IndexGenerations;
import dev.eventstream.spi.IndexPattern;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the destination of an event: its index. Remembers those of each type for each period of the
 * index pattern, until an index continues in another generation. A lookup by the bytes of a known
 * type allocates nothing. Thread-safe.
 */
final class Destinations {
  /** The limit of remembered periods; the oldest is forgotten first. */
  private static final int MOST_PERIODS = 64;

  private final IndexPattern pattern;
  private final EventTypes eventTypes;
  private final IndexGenerations generations;

  /** Replaced when a new type, period or generation appears. */
  private volatile Memory memory = new Memory(0, new Known[0]);

  /**
   * What is remembered.
   *
   * @param version of the generations
   * @param known by period, the latest first
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Memory(long version, Known[] known) {}

  /** The destinations in a period, by type. */
  private record Known(
      IndexPattern.Period period, Map<String, byte[]> byType, Utf8Map<byte[]> byTypeBytes) {}

  Destinations(IndexPattern pattern, EventTypes eventTypes, IndexGenerations generations) {
    this.pattern = pattern;
    this.eventTypes = eventTypes;
    this.generations = generations;
  }

  /** Returns whether destinations depend on the time of an event. */
  boolean areDated() {
    return pattern.isDated();
  }

  /**
   * Returns the destination as UTF-8, which must not be modified.
   *
   * @param millis when the event happened, in milliseconds since 1970
   * @throws InvalidEventException if the type cannot be a part of an index name, or is not allowed
   */
  byte[] of(Event event, long millis) throws InvalidEventException {
    Memory now = memory;
    Known inPeriod = now.version == generations.version() ? find(now, millis) : null;
    byte[] destination =
        inPeriod == null
            ? null
            : inPeriod.byTypeBytes.get(event.bytes, event.layout.typeStart, event.layout.typeEnd);
    return destination != null ? destination : of(event.eventType(), millis);
  }

  /**
   * Returns the destination of a type as UTF-8, which must not be modified.
   *
   * @param millis as for {@link #of(Event, long)}
   * @throws InvalidEventException as {@link #of(Event, long)} does
   */
  byte[] of(String type, long millis) throws InvalidEventException {
    Memory now = memory;
    Known inPeriod = now.version == generations.version() ? find(now, millis) : null;
    byte[] destination = inPeriod == null ? null : inPeriod.byType.get(type);
    return destination != null ? destination : add(type, millis);
  }

  private static @Nullable Known find(Memory memory, long millis) {
    for (Known inPeriod : memory.known) {
      if (inPeriod.period.contains(millis)) {
        return inPeriod;
      }
    }
    return null;
  }

  private byte[] add(String type, long millis) throws InvalidEventException {
    eventTypes.check(type);
    synchronized (this) {
      long version = generations.version(); // before the generations are asked
      Memory now = memory.version == version ? memory : new Memory(version, new Known[0]);
      Known before = find(now, millis);
      Map<String, byte[]> byType = before == null ? new HashMap<>() : new HashMap<>(before.byType);
      byte[] destination = byType.get(type);
      if (destination != null) {
        return destination; // the type is spelled with escapes, or another thread was faster
      }
      destination = generations.current(pattern.destination(type, millis)).getBytes(UTF_8);
      byType.put(type, destination);
      IndexPattern.Period period = before == null ? pattern.period(millis) : before.period;
      List<Known> next = new ArrayList<>(List.of(now.known));
      next.remove(before);
      next.add(new Known(period, byType, new Utf8Map<>(byType)));
      next.sort(Comparator.comparingLong((Known of) -> of.period.start()).reversed());
      memory = new Memory(version, next.stream().limit(MOST_PERIODS).toArray(Known[]::new));
      return destination;
    }
  }
}

package dev.eventstream.id;

import dev.eventstream.IdResolver;
import dev.eventstream.json.Utf8Map;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An immutable table of event IDs in memory. Lookups allocate nothing. Thread-safe. */
public final class IdTable implements IdResolver {
  /** A table without IDs. */
  public static final IdTable EMPTY = of(Map.of());

  private final Utf8Map<Utf8Map<String>> types;

  private IdTable(Utf8Map<Utf8Map<String>> types) {
    this.types = types;
  }

  /**
   * A table over a copy of a map.
   *
   * @param idsByType for each event type, the IDs by event value
   * @return the table
   */
  public static IdTable of(Map<String, ? extends Map<String, String>> idsByType) {
    Map<String, Utf8Map<String>> types = new HashMap<>();
    idsByType.forEach((type, ids) -> types.put(type, new Utf8Map<>(ids)));
    return new IdTable(new Utf8Map<>(types));
  }

  static IdTable ofTables(Map<String, Utf8Map<String>> tables) {
    return new IdTable(new Utf8Map<>(tables));
  }

  @Override
  public @Nullable String resolve(String eventType, String eventValue) {
    Utf8Map<String> ids = types.get(eventType);
    return ids == null ? null : ids.get(eventValue);
  }

  @Override
  public @Nullable String resolve(
      byte[] utf8, int typeStart, int typeEnd, int valueStart, int valueEnd) {
    Utf8Map<String> ids = types.get(utf8, typeStart, typeEnd);
    return ids == null ? null : ids.get(utf8, valueStart, valueEnd);
  }
}

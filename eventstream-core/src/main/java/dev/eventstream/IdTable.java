package dev.eventstream;

import dev.eventstream.internal.text.Utf8Table;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An immutable in-memory table of event IDs. Lookups do not allocate. Thread-safe. */
final class IdTable implements IdResolver {
  static final IdTable EMPTY = new IdTable(Map.of());

  private final Utf8Table<String> ids;

  /** Copies event IDs, given by event type and event value. */
  IdTable(Map<String, ? extends Map<String, String>> idsByType) {
    ids = Utf8Table.copyOf(idsByType);
  }

  @Override
  public @Nullable String resolve(String eventType, String eventValue) {
    return ids.get(eventType, eventValue);
  }

  @Override
  public @Nullable String resolve(
      byte[] utf8, int typeStart, int typeEnd, int valueStart, int valueEnd) {
    return ids.get(utf8, typeStart, typeEnd, valueStart, valueEnd);
  }
}

package dev.eventstream.internal.text;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A {@link Utf8Map} of maps: an immutable table with two keys. Lookups do not allocate. */
public final class Utf8Table<V> {
  private final Utf8Map<Utf8Map<V>> rows;

  private Utf8Table(Utf8Map<Utf8Map<V>> rows) {
    this.rows = rows;
  }

  /** Copies a map of maps. */
  public static <V> Utf8Table<V> copyOf(Map<String, ? extends Map<String, V>> rows) {
    Map<String, Utf8Map<V>> copies = new HashMap<>();
    rows.forEach((key, row) -> copies.put(key, new Utf8Map<>(row)));
    return of(copies);
  }

  /** Creates a table of existing rows, by their first key. */
  public static <V> Utf8Table<V> of(Map<String, Utf8Map<V>> rows) {
    return new Utf8Table<>(new Utf8Map<>(rows));
  }

  public @Nullable V get(String first, String second) {
    Utf8Map<V> row = rows.get(first);
    return row == null ? null : row.get(second);
  }

  /** Finds a value by the UTF-8 bytes of both keys; the ends are exclusive. */
  public @Nullable V get(
      byte[] utf8, int firstStart, int firstEnd, int secondStart, int secondEnd) {
    Utf8Map<V> row = rows.get(utf8, firstStart, firstEnd);
    return row == null ? null : row.get(utf8, secondStart, secondEnd);
  }
}

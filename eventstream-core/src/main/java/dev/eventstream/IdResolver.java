package dev.eventstream;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the event ID of an event type and value, for example ({@code engagement}, {@code click}) →
 * {@code c}. One of the three extension points.
 *
 * <p>Implementations are called by many threads at once, once for every event, on the thread that
 * publishes: they must be thread-safe and ought to be fast. What they throw turns that one event
 * down ({@link dev.eventstream.spi.Rejection#TRANSFORM_FAILED}).
 */
@FunctionalInterface
public interface IdResolver extends AutoCloseable {

  /**
   * Finds the ID.
   *
   * @param eventType the event's type
   * @param eventValue the event's value
   * @return the ID, or null where there is none
   */
  @Nullable String resolve(String eventType, String eventValue);

  /**
   * Finds the ID by the bytes of type and value where they lie. A resolver that overrides this
   * spares the hot path two strings an event; this implementation makes them.
   *
   * @param utf8 holds both, as UTF-8 without JSON escapes; not to be changed or kept
   * @param typeStart where the type starts
   * @param typeEnd where it ends, exclusive
   * @param valueStart where the value starts
   * @param valueEnd where it ends, exclusive
   * @return the ID, or null where there is none
   */
  default @Nullable String resolve(
      byte[] utf8, int typeStart, int typeEnd, int valueStart, int valueEnd) {
    return resolve(
        new String(utf8, typeStart, typeEnd - typeStart, StandardCharsets.UTF_8),
        new String(utf8, valueStart, valueEnd - valueStart, StandardCharsets.UTF_8));
  }

  /** Releases what the resolver holds; nothing by default. Called once, by the stream. */
  @Override
  default void close() {}

  /**
   * A resolver that knows no IDs.
   *
   * @return the resolver
   */
  static IdResolver none() {
    return IdTable.EMPTY;
  }

  /**
   * A resolver over a copy of a map.
   *
   * @param idsByType for each event type, the IDs by event value
   * @return the resolver
   */
  static IdResolver of(Map<String, Map<String, String>> idsByType) {
    return new IdTable(idsByType);
  }
}

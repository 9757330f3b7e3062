package dev.eventstream;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the event ID for an event type and value, for example ({@code engagement}, {@code click}) →
 * {@code c}. One of the three extension points.
 *
 * <p>Called once per event on the publishing thread, by many threads concurrently: implementations
 * must be thread-safe and should be fast. An exception rejects the event with {@link
 * dev.eventstream.spi.Rejection#TRANSFORM_FAILED}.
 */
@FunctionalInterface
public interface IdResolver extends AutoCloseable {

  /** Finds the ID, or returns null if there is none. */
  @Nullable String resolve(String eventType, String eventValue);

  /**
   * Finds the ID from the bytes of type and value. A resolver that overrides this method saves two
   * strings per event; the default implementation creates them.
   *
   * @param utf8 contains type and value as UTF-8 without JSON escapes; must not be modified or kept
   * @param typeStart start of the type
   * @param typeEnd end of the type, exclusive
   * @param valueStart start of the value
   * @param valueEnd end of the value, exclusive
   * @return the ID, or null if there is none
   */
  default @Nullable String resolve(
      byte[] utf8, int typeStart, int typeEnd, int valueStart, int valueEnd) {
    return resolve(
        new String(utf8, typeStart, typeEnd - typeStart, StandardCharsets.UTF_8),
        new String(utf8, valueStart, valueEnd - valueStart, StandardCharsets.UTF_8));
  }

  /**
   * Releases the resources of the resolver; does nothing by default. Called once, by the stream.
   */
  @Override
  default void close() {}

  /** Returns a resolver that knows no IDs. */
  static IdResolver none() {
    return IdTable.EMPTY;
  }

  /**
   * Returns a resolver over a copy of a map.
   *
   * @param idsByType for each event type, the IDs by event value
   */
  static IdResolver of(Map<String, Map<String, String>> idsByType) {
    return new IdTable(idsByType);
  }
}

package dev.eventstream.examples.ignite;

import static java.util.Objects.requireNonNull;

import dev.eventstream.IdResolver;
import dev.eventstream.id.IdFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.ignite.Ignite;
import org.apache.ignite.IgniteCache;
import org.apache.ignite.IgniteDataStreamer;
import org.jspecify.annotations.Nullable;

/**
 * Event IDs from a cache of an Apache Ignite cluster: what one node puts there, the next lookup of
 * every node finds. Let the cache be replicated, so that a lookup stays on its node.
 *
 * <p>Thread-safe, as the cache is. The cache and its node belong to whoever made them: {@link
 * #close()} leaves them alone, and they are to be closed after the stream that uses this resolver.
 * When they are closed before, lookups throw, and their events are turned down.
 */
public final class IgniteIdResolver implements IdResolver {
  /** Cannot stand in an event type, so that (type, value) and its key are the same thing. */
  private static final char SEPARATOR = '\0';

  private final IgniteCache<String, String> ids;

  /**
   * A resolver over a cache.
   *
   * @param ids the IDs, by what {@link #key} makes of type and value
   */
  public IgniteIdResolver(IgniteCache<String, String> ids) {
    this.ids = requireNonNull(ids, "ids");
  }

  /**
   * The key of an ID in the cache.
   *
   * @param eventType the event's type
   * @param eventValue the event's value
   * @return the key
   */
  public static String key(String eventType, String eventValue) {
    return eventType + SEPARATOR + eventValue;
  }

  /**
   * Puts the tables of a directory into a cache, over what is there.
   *
   * @param directory holds the tables, {@code <eventType>.json}
   * @param ignite the node
   * @param cache the cache's name
   * @throws IOException when a table cannot be read, with its name
   */
  public static void load(Path directory, Ignite ignite, String cache) throws IOException {
    try (IgniteDataStreamer<String, String> streamer = ignite.dataStreamer(cache)) {
      streamer.allowOverwrite(true);
      for (Map.Entry<String, Path> table : IdFiles.list(directory).entrySet()) {
        IdFiles.read(table.getValue())
            .forEach((value, id) -> streamer.addData(key(table.getKey(), value), id));
      }
    }
  }

  @Override
  public @Nullable String resolve(String eventType, String eventValue) {
    return ids.get(key(eventType, eventValue));
  }

  /** Does nothing: cache and node belong to whoever made them. */
  @Override
  public void close() {}
}

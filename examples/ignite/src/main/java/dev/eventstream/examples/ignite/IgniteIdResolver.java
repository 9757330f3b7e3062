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
 * Event IDs from a cache of an Apache Ignite cluster: an ID that one node puts into the cache is
 * found by the next lookup on every node. Use a replicated cache, so that lookups are local.
 *
 * <p>Thread-safe, because the cache is. The caller owns the cache and its node: {@link #close()}
 * does not close them, and they must be closed after the stream that uses this resolver. If they
 * are closed earlier, lookups throw and events are rejected.
 */
public final class IgniteIdResolver implements IdResolver {
  /** Cannot occur in an event type, so that keys are unique for (type, value). */
  private static final char SEPARATOR = '\0';

  private final IgniteCache<String, String> ids;

  /**
   * Creates a resolver over a cache.
   *
   * @param ids the IDs by {@link #key} of type and value
   */
  public IgniteIdResolver(IgniteCache<String, String> ids) {
    this.ids = requireNonNull(ids, "ids");
  }

  /** Returns the key of an ID in the cache. */
  public static String key(String eventType, String eventValue) {
    return eventType + SEPARATOR + eventValue;
  }

  /**
   * Loads the tables of a directory into a cache, replacing existing entries.
   *
   * @param directory contains the tables, {@code <eventType>.json}
   * @param ignite a node of the cluster
   * @param cache the cache's name
   * @throws IOException if a table cannot be read, with its name
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

  /** Does nothing, because the caller owns the cache and the node. */
  @Override
  public void close() {}
}

package dev.eventstream.examples.jdbc;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.eventstream.IdResolver;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Event IDs from a table of a database: {@code event_ids (event_type, event_value, event_id)}, with
 * {@code event_type} and {@code event_value} as its key.
 *
 * <p>An ID is read from the database when it is needed for the first time, and then comes from a
 * cache. It is read again, in the background, when it is used later than the given time after it
 * was read. Until then, and while the database is away, the cached ID stays in use. That there is
 * no ID is cached in the same way. An ID that is needed for the first time while the database is
 * away rejects its event.
 *
 * <p>Thread-safe. Owns one thread, which reads IDs again. The caller owns the data source, which
 * must be closed after the stream that uses this resolver.
 */
public final class JdbcIdResolver implements IdResolver {
  private static final String QUERY =
      "SELECT event_id FROM event_ids WHERE event_type = ? AND event_value = ?";

  /** A publishing thread waits for the database at most this long. */
  private static final Duration QUERY_TIMEOUT = Duration.ofSeconds(2);

  private record Key(String eventType, String eventValue) {}

  private final DataSource database;
  private final LoadingCache<Key, Optional<String>> ids;
  private final ExecutorService refresher =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "jdbc-ids");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Creates a resolver.
   *
   * @param database should have a pool of connections, with a time-out for getting one
   * @param maxIds how many IDs are cached at most; the least useful ones are discarded
   * @param refreshAfter when a cached ID is read again
   */
  public JdbcIdResolver(DataSource database, long maxIds, Duration refreshAfter) {
    this(database, maxIds, refreshAfter, Ticker.systemTicker());
  }

  JdbcIdResolver(DataSource database, long maxIds, Duration refreshAfter, Ticker ticker) {
    this.database = requireNonNull(database, "database");
    this.ids =
        Caffeine.newBuilder()
            .maximumSize(maxIds)
            .refreshAfterWrite(refreshAfter)
            .executor(refresher)
            .ticker(ticker)
            .build(this::read);
  }

  @Override
  public @Nullable String resolve(String eventType, String eventValue) {
    return ids.get(new Key(eventType, eventValue)).orElse(null);
  }

  private Optional<String> read(Key key) throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement query = connection.prepareStatement(QUERY)) {
      query.setQueryTimeout((int) QUERY_TIMEOUT.toSeconds());
      query.setString(1, key.eventType());
      query.setString(2, key.eventValue());
      try (ResultSet row = query.executeQuery()) {
        return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
      }
    }
  }

  /** Ends the thread. */
  @Override
  public void close() {
    refresher.shutdownNow();
  }
}

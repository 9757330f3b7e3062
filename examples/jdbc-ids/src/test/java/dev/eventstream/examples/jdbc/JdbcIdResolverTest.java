package dev.eventstream.examples.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.spi.Rejection;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Tests the resolver with a real database in this JVM. */
class JdbcIdResolverTest {
  private static final Duration REFRESH = Duration.ofMinutes(1);

  @TempDir Path directory;
  private final AtomicLong nanos = new AtomicLong();
  private JdbcDataSource database;
  private JdbcIdResolver ids;

  @BeforeEach
  void createDatabase(TestInfo test) throws SQLException {
    database = new JdbcDataSource();
    String file = directory.resolve("ids").toString();
    database.setUrl("jdbc:h2:" + file + ";DB_CLOSE_DELAY=-1");
    JdbcIds.createTable(database);
    database.setUrl("jdbc:h2:" + file + ";DB_CLOSE_DELAY=-1;IFEXISTS=TRUE");
    ids = new JdbcIdResolver(database, 1_000, REFRESH, nanos::get);
  }

  @AfterEach
  void close() throws SQLException {
    ids.close();
    execute("SHUTDOWN");
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Makes all queries fail, as a database that is away does. */
  private void away(boolean away) throws SQLException {
    execute(away ? "ALTER TABLE event_ids RENAME TO away" : "ALTER TABLE away RENAME TO event_ids");
  }

  @Test
  void findsTheIdsOfTheTable() {
    assertThat(ids.resolve("pageview", "homepage")).isEqualTo("h");
    assertThat(ids.resolve("engagement", "click")).isEqualTo("c");
    assertThat(ids.resolve("pageview", "click")).isNull();
    assertThat(ids.resolve("pageview", "'; DROP TABLE event_ids --")).isNull();
  }

  @Test
  void aChangeIsSeenAfterTheTimeToRefresh() throws SQLException {
    ids.resolve("pageview", "homepage");
    ids.resolve("pageview", "new");
    execute("UPDATE event_ids SET event_id = 'H' WHERE event_value = 'homepage'");
    execute("INSERT INTO event_ids VALUES ('pageview', 'new', 'n')");
    assertThat(ids.resolve("pageview", "homepage")).isEqualTo("h");
    assertThat(ids.resolve("pageview", "new")).isNull();

    nanos.addAndGet(REFRESH.toNanos() + 1);

    await().until(() -> "H".equals(ids.resolve("pageview", "homepage")));
    await().until(() -> "n".equals(ids.resolve("pageview", "new")));
  }

  @Test
  void aKnownIdStaysInUseWhileTheDatabaseIsAway() throws SQLException {
    ids.resolve("pageview", "homepage");
    away(true);
    nanos.addAndGet(REFRESH.toNanos() + 1);
    for (int i = 0; i < 100; i++) {
      assertThat(ids.resolve("pageview", "homepage")).isEqualTo("h");
    }

    away(false);
    execute("UPDATE event_ids SET event_id = 'H' WHERE event_value = 'homepage'");
    await().until(() -> "H".equals(ids.resolve("pageview", "homepage")));
  }

  @Test
  void anEventWithANewIdIsRejectedWhileTheDatabaseIsAway() throws SQLException {
    try (EventStream stream =
        EventStream.builder()
            .sink(directory.resolve("events").toUri().toString())
            .idResolver(ids)
            .build()) {
      away(true);
      assertThat(stream.publish(Event.of("pageview", "homepage")).join())
          .isInstanceOfSatisfying(
              Outcome.Rejected.class,
              event -> assertThat(event.code()).isEqualTo(Rejection.TRANSFORM_FAILED));

      away(false);
      assertThat(stream.publish(Event.of("pageview", "homepage")).join())
          .isInstanceOfSatisfying(
              Outcome.Indexed.class, event -> assertThat(event.eventId()).isEqualTo("h"));
    }
  }

  @Test
  void onlyAsManyIdsAsGivenAreCached() throws SQLException {
    try (JdbcIdResolver small = new JdbcIdResolver(database, 0, REFRESH, nanos::get)) {
      small.resolve("pageview", "homepage");
      execute("UPDATE event_ids SET event_id = 'H' WHERE event_value = 'homepage'");
      await().until(() -> "H".equals(small.resolve("pageview", "homepage")));
    }
  }
}

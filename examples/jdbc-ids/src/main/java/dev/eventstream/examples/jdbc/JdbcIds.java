package dev.eventstream.examples.jdbc;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;

/** Publishes two events to a cluster, with their IDs from an H2 database in this program. */
public final class JdbcIds {
  private JdbcIds() {}

  /**
   * Runs the example.
   *
   * @param args the cluster's URL, by default http://localhost:9200
   * @throws SQLException if the database does not work
   */
  @SuppressWarnings("SystemOut") // output of the example
  public static void main(String[] args) throws SQLException {
    String url = args.length > 0 ? args[0] : "http://localhost:9200";
    JdbcConnectionPool database = JdbcConnectionPool.create("jdbc:h2:mem:ids", "sa", "");
    database.setLoginTimeout(2); // how long a publishing thread waits for a connection, in seconds
    try (Connection open =
        database.getConnection()) { // an H2 database in memory ends with the last
      createTable(database);
      JdbcIdResolver ids = new JdbcIdResolver(database, 100_000, Duration.ofMinutes(1));
      try (EventStream stream = EventStream.builder().sink(url).idResolver(ids).build()) {
        List<Outcome> outcomes =
            stream
                .publishAll(
                    List.of(Event.of("pageview", "homepage"), Event.of("engagement", "click")))
                .join();
        System.out.println(outcomes);
      }
    } finally {
      database.dispose();
    }
  }

  static void createTable(DataSource database) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE TABLE event_ids (
            event_type VARCHAR(255), event_value VARCHAR(1000), event_id VARCHAR(100) NOT NULL,
            PRIMARY KEY (event_type, event_value))""");
      statement.execute(
          "INSERT INTO event_ids VALUES ('pageview', 'homepage', 'h'), ('engagement', 'click', 'c')");
    }
  }
}

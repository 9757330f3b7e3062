package dev.eventstream.server.config;

import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.backup.Backups;
import dev.eventstream.es.backup.Backups.Retention;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The backups of the indices.
 *
 * @param repository the name of the snapshot repository
 * @param location the directory of the repository on the nodes; null: it must exist
 * @param interval null: the server makes no backups
 * @param retention which backups are kept
 */
public record BackupSettings(
    String repository,
    @Nullable String location,
    @Nullable Duration interval,
    Retention retention) {

  /** An engine may read and change many files before it answers. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofMinutes(5);

  static BackupSettings of(SettingSources sources) {
    Integer number = sources.readOptional(Setting.BACKUP_KEEP, Integer.class);
    return new BackupSettings(
        sources.read(Setting.BACKUP_REPOSITORY, ""),
        sources.readOptional(Setting.BACKUP_LOCATION, String.class),
        sources.readOptional(Setting.BACKUP_INTERVAL, Duration.class),
        new Retention(
            number == null ? 0 : number,
            sources.readOptional(Setting.BACKUP_KEEP_FOR, Duration.class)));
  }

  /** Returns a new sink for requests about backups. */
  public static ElasticsearchSink sink(ClusterSettings cluster) {
    return cluster.sink().requestTimeout(REQUEST_TIMEOUT).sniffInterval(Duration.ZERO).build();
  }

  /** Returns the backups of the repository, which is registered if it has a location. */
  public Backups open(ElasticsearchSink sink) throws IOException, InterruptedException {
    Backups backups = new Backups(sink, repository);
    if (location != null) {
      backups.register(location);
    }
    return backups;
  }

  /**
   * Parses the value of an option.
   *
   * @throws IllegalArgumentException if it is not a time; with the remedy
   */
  public static Duration time(String option, String text) {
    try {
      return ValueType.time(Duration.ofSeconds(1), Duration.ofDays(36_500)).parser().apply(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(option + " is \"" + text + "\": " + e.getMessage(), e);
    }
  }

  /** Returns the message of a failure, with the remedy if there is one. */
  public String explain(IOException failure) {
    String message = String.valueOf(failure.getMessage());
    if (!(failure instanceof ClusterRefusedException refusal)) {
      return message;
    }
    if (refusal.errorType().equals("repository_missing_exception")) {
      return message
          + "; set EVENTSTREAM_BACKUP_LOCATION to a directory that all nodes share, or register the"
          + " repository \""
          + repository
          + "\" in another way";
    }
    if (refusal.status() == 403 && !refusal.errorType().equals("cluster_block_exception")) {
      return message
          + "; these credentials may not do that: grant them the cluster privilege manage in"
          + " Elasticsearch, the role manage_snapshots in OpenSearch";
    }
    return message;
  }
}

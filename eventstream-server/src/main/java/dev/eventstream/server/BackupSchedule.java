package dev.eventstream.server;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.backup.Backups;
import dev.eventstream.es.backup.Backups.Backup;
import dev.eventstream.es.backup.Backups.Created;
import dev.eventstream.es.backup.Backups.Progress;
import dev.eventstream.server.config.BackupSettings;
import dev.eventstream.server.metrics.Metrics;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Backs up the indices of events at an interval, on a thread of its own, and deletes backups that
 * are not kept. Says once what an operator has to do. Thread-safe.
 *
 * <p>A backup is due if there is no good one of the present interval. It is named by the time at
 * which the present eighth of the interval has begun. Therefore several servers choose the same
 * name, of which the engine accepts one, and a failed backup can be repeated in the next eighth.
 */
final class BackupSchedule implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BackupSchedule.class);
  private static final int ATTEMPTS_PER_INTERVAL = 8;
  private static final Progress SILENT = (done, all) -> {};

  private final BackupSettings settings;
  private final List<String> patterns;
  private final Clock clock;
  private final Duration firstPause;
  private volatile @Nullable Backup lastGood;
  private volatile @Nullable BackgroundThread thread;
  private volatile @Nullable ElasticsearchSink sink;

  /** What was logged last; null after a success. Only used by the thread. */
  private @Nullable String warned;

  BackupSchedule(BackupSettings settings, List<String> patterns) {
    this(settings, patterns, Clock.systemUTC(), Duration.ofSeconds(10));
  }

  /**
   * Creates it without starting anything.
   *
   * @param patterns of the names of the indices; empty: all
   * @param firstPause after a failed attempt; doubles up to an eighth of the interval
   */
  BackupSchedule(BackupSettings settings, List<String> patterns, Clock clock, Duration firstPause) {
    this.settings = settings;
    this.patterns = List.copyOf(patterns);
    this.clock = clock;
    this.firstPause = firstPause;
  }

  /**
   * Starts, if there is an interval.
   *
   * @param open opens a sink, which {@link #close} closes
   */
  void begin(Supplier<ElasticsearchSink> open, Metrics metrics) {
    Duration interval = settings.interval();
    if (interval == null) {
      return;
    }
    ElasticsearchSink cluster = open.get();
    sink = cluster;
    Runnable countFailure =
        metrics.watchBackups(
            interval,
            () -> ofLastGood(backup -> backup.time().getEpochSecond()),
            () -> ofLastGood(backup -> backup.duration().toMillis()));
    thread =
        BackgroundThread.start("eventstream-backup", () -> run(cluster, interval, countFailure));
  }

  /** Returns the newest good backup; null: none is known. */
  @Nullable Backup lastGood() {
    return lastGood;
  }

  private long ofLastGood(ToLongFunction<Backup> property) {
    Backup backup = lastGood;
    return backup == null ? 0 : property.applyAsLong(backup);
  }

  private void run(ElasticsearchSink cluster, Duration interval, Runnable countFailure) {
    Duration step = interval.dividedBy(ATTEMPTS_PER_INTERVAL);
    Duration pause = firstPause;
    try {
      while (true) {
        Duration wait;
        try {
          if (!attempt(cluster, interval)) {
            countFailure.run();
          }
          Instant now = clock.instant();
          wait = Duration.between(now, attemptStart(now, interval).plus(step));
          pause = firstPause;
        } catch (IOException | RuntimeException e) {
          countFailure.run();
          warn(e instanceof IOException failure ? settings.explain(failure) : e.toString());
          wait = pause;
          Duration longer = pause.multipliedBy(2);
          pause = longer.compareTo(step) < 0 ? longer : step;
        }
        Thread.sleep(Math.max(1, wait.toMillis()));
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  private void warn(String problem) {
    if (!problem.equals(warned)) {
      warned = problem;
      LOG.warn(
          "The indices are not backed up: {}. It is tried again. Events are accepted as before",
          problem);
    }
  }

  /** Returns false if the backup is not complete. */
  private boolean attempt(ElasticsearchSink cluster, Duration interval)
      throws IOException, InterruptedException {
    Backups backups = settings.open(cluster);
    List<Backup> all = backups.list();
    Optional<Backup> running = all.stream().filter(Backup::isRunning).findFirst();
    if (running.isPresent()) {
      backups.await(running.get().name(), SILENT);
      all = backups.list();
    }
    Backup newest = Backups.newestGood(all).orElse(null);
    lastGood = newest;
    Optional<Instant> due = due(newest, clock.instant(), interval);
    if (due.isEmpty()) {
      warned = null;
      return true;
    }
    Created created = backups.create(due.get(), patterns, SILENT);
    Backup backup = created.backup();
    if (!backup.isGood()) {
      warn(backup.name() + " is " + backup.state() + ": " + String.join("; ", backup.failures()));
      return false;
    }
    lastGood = backup;
    warned = null;
    if (created.isNew()) {
      LOG.info(
          "Backed up {} indices in {} ms: {}",
          backup.indices().size(),
          backup.duration().toMillis(),
          backup.name());
      if (!created.skipped().isEmpty()) {
        LOG.warn("Not backed up because they are closed: {}", String.join(", ", created.skipped()));
      }
      prune(backups);
    }
    return true;
  }

  /** One server is enough: the one that has made the backup. */
  private void prune(Backups backups) throws IOException, InterruptedException {
    for (Backup backup : settings.retention().expired(backups.list(), clock.instant())) {
      backups.delete(backup);
      LOG.info("Deleted the backup {}", backup.name());
    }
  }

  /** Returns the time of the backup that is due; empty: none is. */
  static Optional<Instant> due(@Nullable Backup lastGood, Instant now, Duration interval) {
    return lastGood != null && !lastGood.time().isBefore(start(now, interval))
        ? Optional.empty()
        : Optional.of(attemptStart(now, interval));
  }

  private static Instant start(Instant now, Duration interval) {
    return Instant.ofEpochMilli(now.toEpochMilli() - now.toEpochMilli() % interval.toMillis());
  }

  private static Instant attemptStart(Instant now, Duration interval) {
    Instant start = start(now, interval);
    Duration step = interval.dividedBy(ATTEMPTS_PER_INTERVAL);
    return start.plus(step.multipliedBy(Duration.between(start, now).dividedBy(step)));
  }

  /** Stops, and waits for the thread. A backup that the cluster has begun goes on there. */
  @Override
  public void close() {
    BackgroundThread running = thread;
    if (running != null) {
      running.close();
    }
    ElasticsearchSink opened = sink;
    if (opened != null) {
      opened.close();
    }
  }
}

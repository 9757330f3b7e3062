package dev.eventstream.server;

import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.indices.ClusterShards;
import dev.eventstream.es.indices.Retention;
import dev.eventstream.es.indices.Rollover;
import dev.eventstream.server.config.IndexSettings;
import dev.eventstream.server.metrics.IndexMetrics;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Continues indices in new generations and removes old ones, as the settings say, on a thread of
 * its own. A cluster that does not answer or refuses is asked again. Thread-safe.
 */
final class IndexUpkeep implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IndexUpkeep.class);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);
  private static final Duration BETWEEN_ROUNDS = Duration.ofHours(1);
  private static final Duration BETWEEN_COUNTS = Duration.ofMinutes(5);

  private final @Nullable Rollover rollover;
  private final @Nullable Retention retention;
  private final IndexSettings settings;
  private final List<String> patterns;
  private final IndexMetrics metrics;
  private final CountDownLatch attempted = new CountDownLatch(1);
  private volatile @Nullable BackgroundThread thread;
  private long nextRound = System.nanoTime(); // for the thread only
  private long nextCount = System.nanoTime(); // for the thread only
  private final Map<String, String> lastFaults = new HashMap<>(); // for the thread only

  /**
   * Creates it without starting anything.
   *
   * @param patterns of the names of the indices of events
   * @param rollover that of the transformer and the sink; empty: no index is continued
   */
  IndexUpkeep(
      IndexSettings settings,
      List<String> patterns,
      Optional<Rollover> rollover,
      IndexMetrics metrics) {
    this.rollover = rollover.orElse(null);
    this.retention = settings.newRetention().orElse(null);
    this.settings = settings;
    this.patterns = patterns;
    this.metrics = metrics;
  }

  /**
   * Starts. Waits until the generations of the indices are known, so that the first events go to
   * the present ones; two seconds at most.
   *
   * @param sink open at least until {@link #close}
   */
  void begin(ElasticsearchSink sink) {
    if (rollover == null && retention == null) {
      return;
    }
    thread = BackgroundThread.start("eventstream-index-upkeep", () -> run(sink));
    if (rollover != null) {
      try {
        boolean unused = attempted.await(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void run(ElasticsearchSink sink) {
    Duration pause = settings.rollover().interval();
    try {
      while (true) {
        attempt(sink);
        attempted.countDown();
        Thread.sleep(pause.toMillis());
      }
    } catch (InterruptedException e) {
      // closed
    } finally {
      attempted.countDown();
    }
  }

  /** Does each task by itself: one that the cluster refuses does not keep the others waiting. */
  private void attempt(ElasticsearchSink sink) throws InterruptedException {
    if (rollover != null) {
      attempt("Full indices cannot be continued", () -> roll(sink, rollover));
    }
    if (retention != null && System.nanoTime() - nextRound >= 0) {
      attempt(
          "Old indices cannot be removed",
          () -> {
            if (settings.retention().byEngine()) {
              delegate(sink, retention);
            } else {
              round(sink, retention);
            }
            nextRound = System.nanoTime() + BETWEEN_ROUNDS.toNanos();
          });
    }
    if (System.nanoTime() - nextCount >= 0) {
      attempt(
          "The shards cannot be counted",
          () -> {
            metrics.shards(ClusterShards.of(sink, patterns));
            nextCount = System.nanoTime() + BETWEEN_COUNTS.toNanos();
          });
    }
  }

  private interface Task {
    void run() throws IOException, InterruptedException;
  }

  private void attempt(String failure, Task task) throws InterruptedException {
    try {
      task.run();
      lastFaults.remove(failure);
    } catch (ClusterRefusedException e) {
      warn(failure, e.getMessage() + ". Events are accepted as before");
    } catch (IOException e) {
      // The stream logs that the cluster does not answer.
    } catch (RuntimeException e) {
      LOG.error("{}", failure, e);
    }
  }

  private void roll(ElasticsearchSink sink, Rollover toUpdate)
      throws IOException, InterruptedException {
    List<String> created = toUpdate.update(sink);
    created.forEach(index -> LOG.info("Created {}, in which a full index continues", index));
    metrics.created(created.size());
  }

  private void round(ElasticsearchSink sink, Retention toApply)
      throws IOException, InterruptedException {
    Retention.Report report = toApply.apply(sink, settings.retention().limit());
    for (Retention.Step step : report.done()) {
      LOG.info(
          "{} {}: no event in it is younger than {}, and the limit is {}",
          done(step.action()),
          step.index(),
          step.lastEvent(),
          readable(step.age()));
      metrics.retained(step.action());
    }
    report.failed().values().forEach(fault -> warn("An old index was not removed", fault));
    if (report.left() > 0) {
      LOG.warn(
          "{} more indices are too old than EVENTSTREAM_RETENTION_LIMIT={} allows in a round; they"
              + " follow in the next ones, or now with \"indices prune --yes\"",
          report.left(),
          settings.retention().limit());
    }
    metrics.round(report.failed().size());
  }

  private void delegate(ElasticsearchSink sink, Retention toDelegate)
      throws IOException, InterruptedException {
    Retention.Delegation delegation = toDelegate.delegate(sink);
    delegation.policies().forEach(policy -> LOG.info("Wrote the policy {} of the engine", policy));
    if (!delegation.indices().isEmpty()) {
      LOG.info("These indices follow a policy of the engine now: {}", delegation.indices());
    }
    if (!delegation.refused().isEmpty()) {
      warn("Old indices follow no policy of the engine", String.join("; ", delegation.refused()));
    }
    metrics.round(delegation.refused().size());
  }

  private static String done(Retention.Action action) {
    return switch (action) {
      case REMOVE_REPLICAS -> "Removed the replicas of";
      case CLOSE -> "Closed";
      case DELETE -> "Deleted";
    };
  }

  private static String readable(Duration age) {
    return age.toDays() > 1
        ? age.toDays() + " days"
        : age.toHours() > 1 ? age.toHours() + " hours" : age.toMinutes() + " minutes";
  }

  /** Warns once, until the failure has another fault, or is over. */
  private void warn(String failure, String fault) {
    if (!fault.equals(lastFaults.put(failure, fault))) {
      LOG.warn("{}: {}", failure, fault);
    }
  }

  /** Stops, and waits for the thread. */
  @Override
  public void close() {
    BackgroundThread running = thread;
    if (running != null) {
      running.close();
    }
  }
}

package dev.eventstream.server.metrics;

import dev.eventstream.es.indices.ClusterShards;
import dev.eventstream.es.indices.Retention;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The meters of what the server does to indices. Thread-safe. */
public final class IndexMetrics {
  private final Counter created;
  private final Map<Retention.Action, Counter> steps = new EnumMap<>(Retention.Action.class);
  private final Counter failures;
  private final AtomicLong lastRound = new AtomicLong();
  private final AtomicLong largestShard = new AtomicLong();
  private final AtomicLong shards = new AtomicLong();
  private final AtomicLong shardLimit = new AtomicLong();

  IndexMetrics(MeterRegistry registry) {
    this.created =
        Counter.builder("eventstream.rollovers")
            .description("Indices that this server has created because others were full")
            .register(registry);
    for (Retention.Action action : Retention.Action.values()) {
      steps.put(
          action,
          Counter.builder("eventstream.retention.steps")
              .description("Old indices that this server has shrunk, closed or deleted")
              .tag("action", action.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    this.failures =
        Counter.builder("eventstream.retention.failures")
            .description("Old indices that the cluster refused to shrink, close or delete")
            .register(registry);
    gauge(
        registry,
        "eventstream.retention.last.round.timestamp",
        "seconds",
        "When this server has looked for old indices, in seconds since 1970",
        lastRound);
    gauge(
        registry,
        "eventstream.index.largest.shard",
        "bytes",
        "Mean size of the primary shards of the index of events with the largest ones",
        largestShard);
    gauge(
        registry,
        "eventstream.cluster.shards",
        null,
        "Copies of all shards of the cluster",
        shards);
    gauge(
        registry,
        "eventstream.cluster.shard.limit",
        null,
        "How many the cluster may have; 0: unknown",
        shardLimit);
  }

  private static void gauge(
      MeterRegistry registry,
      String name,
      @Nullable String unit,
      String description,
      AtomicLong value) {
    Gauge.builder(name, value, AtomicLong::get)
        .description(description)
        .baseUnit(unit)
        .strongReference(true)
        .register(registry);
  }

  /** Notes the shards of the cluster and of the indices of events. */
  public void shards(ClusterShards cluster) {
    shards.set(cluster.shards());
    shardLimit.set(cluster.limit());
    largestShard.set(cluster.largestBytes());
  }

  /** Counts indices that were created because others were full. */
  public void created(int indices) {
    created.increment(indices);
  }

  /** Counts a step. */
  public void retained(Retention.Action action) {
    Counter counter = steps.get(action);
    if (counter != null) {
      counter.increment();
    }
  }

  /** Notes a round. */
  public void round(int failed) {
    failures.increment(failed);
    lastRound.set(System.currentTimeMillis() / 1000);
  }
}

package dev.eventstream.server.metrics;

import dev.eventstream.es.Retention;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** The meters of what the server does to indices. Thread-safe. */
public final class IndexMetrics {
  private final Counter created;
  private final Map<Retention.Action, Counter> steps = new EnumMap<>(Retention.Action.class);
  private final Counter failures;
  private final AtomicLong lastRound = new AtomicLong();

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
    Gauge.builder("eventstream.retention.last.round.timestamp", lastRound, AtomicLong::get)
        .description("When this server has looked for old indices, in seconds since 1970")
        .baseUnit("seconds")
        .strongReference(true)
        .register(registry);
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

package dev.eventstream.micrometer;

import static java.util.Objects.requireNonNull;

import dev.eventstream.EventStream;
import dev.eventstream.id.DirectoryIdResolver;
import dev.eventstream.observe.Backlog;
import dev.eventstream.observe.BulkAttempt;
import dev.eventstream.observe.PublishCounts;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.observe.StreamState;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Micrometer meters of one stream: counters and histograms fed by a listener, and gauges that read
 * the stream's state.
 *
 * <pre>{@code
 * EventStreamMetrics metrics = new EventStreamMetrics(registry);
 * EventStream stream = EventStream.builder().sink(url).listener(metrics).build();
 * metrics.watch(stream);
 * }</pre>
 *
 * <p>All counters and histograms are registered from the start, with the value 0. The number of tag
 * values is bounded: they contain nothing from events or clients. {@code docs/metrics.md} describes
 * each meter. Thread-safe.
 */
public final class EventStreamMetrics implements StreamListener {
  private static final Duration[] TIMES =
      IntStream.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);
  private static final double[] DOCUMENTS = {1, 10, 100, 500, 1_000, 5_000, 10_000};
  private static final double[] BYTES = {
    1 << 10, 16 << 10, 128 << 10, 512 << 10, 1 << 20, 5 << 20, 10 << 20
  };

  private final MeterRegistry registry;
  private final Counter indexed;
  private final Counter duplicates;
  private final Counter spooled;
  private final Counter deadLettered;
  private final Counter dropped;
  private final Counter rejected;
  private final Counter refused;
  private final Map<Rejection, Counter> rejections = new EnumMap<>(Rejection.class);
  private final Map<Refusal, Counter> refusals = new EnumMap<>(Refusal.class);
  private final Timer requestTime;
  private final Map<BulkAttempt.Result, Timer> bulkTimes = new EnumMap<>(BulkAttempt.Result.class);
  private final DistributionSummary bulkDocuments;
  private final DistributionSummary bulkBytes;
  private final Counter bulkRetries;
  private final Counter breakerOpenings;
  private final Timer spoolTime;
  private final Counter spooledDocuments;
  private final Counter spooledBytes;
  private final Counter replayedDocuments;
  private final Counter shelteredDocuments;
  private final Counter deadLetteredDocuments;
  private final Counter idMisses;

  /** Registers the counters and histograms. */
  public EventStreamMetrics(MeterRegistry registry) {
    this.registry = requireNonNull(registry, "registry");
    indexed = outcome("indexed");
    duplicates = outcome("duplicate");
    spooled = outcome("spooled");
    deadLettered = outcome("dead_lettered");
    dropped = outcome("dropped");
    rejected = outcome("rejected");
    refused = outcome("refused");
    for (Rejection code : Rejection.values()) {
      rejections.put(
          code,
          Counter.builder("eventstream.rejections")
              .description("Rejected events, by reason")
              .tag("reason", code.wireName())
              .register(registry));
    }
    for (Refusal code : Refusal.values()) {
      refusals.put(
          code,
          Counter.builder("eventstream.refusals")
              .description("Refused events, by reason")
              .tag("reason", code.wireName())
              .register(registry));
    }
    requestTime =
        Timer.builder("eventstream.request.duration")
            .description("Time from the acceptance of a publish call to its last outcome")
            .serviceLevelObjectives(TIMES)
            .register(registry);
    for (BulkAttempt.Result result : BulkAttempt.Result.values()) {
      bulkTimes.put(
          result,
          Timer.builder("eventstream.bulk.duration")
              .description("Bulk requests to the cluster, by result")
              .tag("result", result.wireName())
              .serviceLevelObjectives(TIMES)
              .register(registry));
    }
    bulkDocuments =
        DistributionSummary.builder("eventstream.bulk.documents")
            .description("Documents per bulk request")
            .serviceLevelObjectives(DOCUMENTS)
            .register(registry);
    bulkBytes =
        DistributionSummary.builder("eventstream.bulk.bytes")
            .description("Bytes of documents per bulk request")
            .baseUnit("bytes")
            .serviceLevelObjectives(BYTES)
            .register(registry);
    bulkRetries =
        counter("eventstream.bulk.retries", "Bulk requests whose documents were sent before");
    breakerOpenings =
        counter(
            "eventstream.breaker.openings", "How many times the breaker opened, see breaker_open");
    spoolTime =
        Timer.builder("eventstream.spool.write.duration")
            .description("Time from passing documents to the spool to their fsync")
            .serviceLevelObjectives(TIMES)
            .register(registry);
    spooledDocuments =
        counter("eventstream.spooled.documents", "Documents written to the spool and fsynced");
    spooledBytes =
        Counter.builder("eventstream.spooled")
            .description("Bytes of documents written to the spool and fsynced")
            .baseUnit("bytes")
            .register(registry);
    replayedDocuments =
        counter(
            "eventstream.replayed.documents",
            "Documents that left the spool for the cluster or the dead letters");
    shelteredDocuments =
        counter(
            "eventstream.sheltered.documents",
            "Documents indexed in another form, because they contradict the mapping of their index");
    deadLetteredDocuments =
        counter("eventstream.dead.lettered.documents", "Documents added to the dead letters");
    idMisses = counter("eventstream.id.misses", "Events for which the resolver knew no ID");
  }

  private Counter outcome(String outcome) {
    return Counter.builder("eventstream.events")
        .description("Events of publish calls that were answered, by outcome")
        .tag("outcome", outcome)
        .register(registry);
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  /**
   * Registers the gauges of a stream. The registry does not prevent the stream from being
   * garbage-collected.
   *
   * @param stream the stream that has this listener
   */
  public void watch(EventStream stream) {
    gauge(
        "eventstream.inflight.bytes",
        "bytes",
        "Bytes of accepted documents without an outcome",
        stream,
        StreamState::inFlightBytes);
    gauge(
        "eventstream.inflight.limit.bytes",
        "bytes",
        "Limit of bytes in flight; events beyond it are refused",
        stream,
        StreamState::maxInFlightBytes);
    gauge(
        "eventstream.inflight.requests",
        null,
        "Bulk requests without an answer",
        stream,
        StreamState::inFlightRequests);
    gauge(
        "eventstream.queued.documents",
        null,
        "Documents waiting for their first bulk request",
        stream,
        StreamState::queuedDocuments);
    gauge(
        "eventstream.breaker.open",
        null,
        "1 while documents go directly to the spool because the cluster does not accept them",
        stream,
        state -> state.clusterTakes() ? 0 : 1);
    gauge(
        "eventstream.stuck.destinations",
        null,
        "Indices that accept no documents while the cluster accepts others",
        stream,
        state -> state.stuckDestinations().size());
    if (stream.state().backlog() != null) {
      watchSpool(stream);
    }
  }

  private void watchSpool(EventStream stream) {
    spoolGauge(
        "eventstream.spool.documents",
        null,
        "Documents waiting in the spool",
        stream,
        backlog -> backlog.spool().documents());
    spoolGauge(
        "eventstream.spool.bytes",
        "bytes",
        "Bytes of the documents waiting in the spool",
        stream,
        backlog -> backlog.spool().bytes());
    spoolGauge(
        "eventstream.spool.disk.bytes",
        "bytes",
        "Size of the spool's files in bytes",
        stream,
        backlog -> backlog.spool().diskBytes());
    spoolGauge(
        "eventstream.spool.disk.limit.bytes",
        "bytes",
        "Limit of the size of the spool's files; events beyond it are refused",
        stream,
        backlog -> backlog.spool().maxDiskBytes());
    spoolGauge(
        "eventstream.spool.full",
        null,
        "1 while the spool accepts nothing because it or its disk is full, or the disk fails",
        stream,
        backlog -> backlog.spool().refusal() == null ? 0 : 1);
    spoolGauge(
        "eventstream.spool.damaged.files",
        null,
        "Files with parts that could not be read and were set aside",
        stream,
        backlog -> backlog.spool().damaged().size());
    Gauge.builder(
            "eventstream.spool.oldest.age",
            stream,
            watched -> watched.backlog().oldestAge().toMillis() / 1e3)
        .description("Age of the oldest document in the spool; 0 if there is none")
        .baseUnit("seconds")
        .register(registry);
    Gauge.builder(
            "eventstream.replay.documents.per.second",
            stream,
            watched -> watched.backlog().documentsPerSecond())
        .description("Documents per second that left the spool, averaged over about 10 s")
        .register(registry);
    gauge(
        "eventstream.dead.letters",
        null,
        "Documents among the dead letters",
        stream,
        StreamState::deadLetters);
    gauge(
        "eventstream.dead.letters.bytes",
        "bytes",
        "Size of the dead letters' files in bytes",
        stream,
        StreamState::deadLetterBytes);
  }

  /**
   * Registers the counters of a resolver. The registry does not prevent it from being
   * garbage-collected.
   *
   * @param resolver the resolver of the stream's transformer
   */
  public void watch(DirectoryIdResolver resolver) {
    reloads("success", resolver, DirectoryIdResolver::reloads);
    reloads("failure", resolver, DirectoryIdResolver::failedReloads);
  }

  private void reloads(
      String result, DirectoryIdResolver resolver, ToDoubleFunction<DirectoryIdResolver> count) {
    FunctionCounter.builder("eventstream.id.reloads", resolver, count)
        .description("Reloads of the ID tables, and polls that found a fault")
        .tag("result", result)
        .register(registry);
  }

  private void gauge(
      String name,
      @Nullable String unit,
      String description,
      EventStream stream,
      ToLongFunction<StreamState> value) {
    Gauge.builder(name, stream, watched -> value.applyAsLong(watched.state()))
        .description(description)
        .baseUnit(unit)
        .register(registry);
  }

  private void spoolGauge(
      String name,
      @Nullable String unit,
      String description,
      EventStream stream,
      ToLongFunction<Backlog> value) {
    Gauge.builder(name, stream, watched -> value.applyAsLong(watched.backlog()))
        .description(description)
        .baseUnit(unit)
        .register(registry);
  }

  @Override
  public void published(PublishCounts counts) {
    add(indexed, counts.indexed());
    add(duplicates, counts.duplicates());
    add(spooled, counts.spooled());
    add(deadLettered, counts.deadLettered());
    add(dropped, counts.dropped());
    add(rejected, counts.rejectedInAll());
    add(refused, counts.refusedInAll());
    counts.rejected().forEach((code, events) -> add(rejections.get(code), events));
    counts.refused().forEach((code, events) -> add(refusals.get(code), events));
    add(idMisses, counts.idMisses());
    if (counts.nanos() > 0) {
      requestTime.record(counts.nanos(), TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void attempted(BulkAttempt attempt) {
    Timer time = bulkTimes.get(attempt.result());
    if (time != null) {
      time.record(attempt.nanos(), TimeUnit.NANOSECONDS);
    }
    bulkDocuments.record(attempt.documents());
    bulkBytes.record((double) attempt.bytes());
    if (attempt.attempt() > 0) {
      bulkRetries.increment();
    }
  }

  @Override
  public void breakerOpened(String reason) {
    breakerOpenings.increment();
  }

  @Override
  public void spooled(int documents, long bytes, long nanos, @Nullable Object origin) {
    spooledDocuments.increment(documents);
    spooledBytes.increment((double) bytes);
    spoolTime.record(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void replayed(int documents) {
    replayedDocuments.increment(documents);
  }

  @Override
  public void sheltered(int documents) {
    shelteredDocuments.increment(documents);
  }

  @Override
  public void deadLettered(int documents) {
    deadLetteredDocuments.increment(documents);
  }

  private static void add(@Nullable Counter counter, int events) {
    if (counter != null && events > 0) {
      counter.increment(events);
    }
  }
}

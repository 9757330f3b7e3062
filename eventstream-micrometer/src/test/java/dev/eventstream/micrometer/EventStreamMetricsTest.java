package dev.eventstream.micrometer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.Event;
import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.EventStreamBuilder;
import dev.eventstream.IdResolver;
import dev.eventstream.Outcome;
import dev.eventstream.id.DirectoryIdResolver;
import dev.eventstream.observe.BulkAttempt;
import dev.eventstream.observe.PublishCounts;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventStreamMetricsTest {
  private static final ItemResult RETRY = new ItemResult.Failed(FailureClass.RETRY, "busy");

  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final EventStreamMetrics metrics = new EventStreamMetrics(registry);
  private final ConcurrentLinkedQueue<IntFunction<CompletionStage<SinkResult>>> answers =
      new ConcurrentLinkedQueue<>();

  /** Returns the queued answers, then writes everything. */
  private final EventSink sink =
      new EventSink() {
        @Override
        public CompletionStage<SinkResult> write(DocumentBatch documents) {
          IntFunction<CompletionStage<SinkResult>> answer = answers.poll();
          return answer == null
              ? all(ItemResult.WRITTEN).apply(documents.size())
              : answer.apply(documents.size());
        }

        @Override
        public void close() {}
      };

  private static IntFunction<CompletionStage<SinkResult>> all(ItemResult result) {
    return size -> CompletableFuture.completedFuture(SinkResult.all(size, result));
  }

  private EventStreamBuilder builder() {
    return EventStream.builder()
        .sink(sink)
        .listener(metrics)
        .backoff(Duration.ofMillis(1), Duration.ofMillis(1));
  }

  private static List<Event> events(int count) {
    return java.util.stream.IntStream.range(0, count)
        .mapToObj(i -> Event.of("pageview", "home"))
        .toList();
  }

  private double count(String name, String... tags) {
    return registry.get(name).tags(tags).counter().count();
  }

  private double gauge(String name) {
    return registry.get(name).gauge().value();
  }

  @Test
  void countsEventsByTheOutcomesOfTheirCallers() throws Exception {
    answers.add(
        size ->
            CompletableFuture.completedFuture(
                SinkResult.of(
                    List.of(ItemResult.WRITTEN, ItemResult.DUPLICATE, ItemResult.WRITTEN))));
    try (EventStream stream = builder().build()) {
      List<Outcome> outcomes =
          stream
              .publishAll(
                  EventReader.of(
                      """
                      [{"eventType":"a","eventValue":"v"},{"eventType":"a","eventValue":"v"},
                       {"eventType":"A","eventValue":"v"},{"eventType":"a","eventValue":"v"}]
                      """
                          .getBytes(UTF_8)))
              .join();

      assertThat(outcomes).hasSize(4);
      assertThat(count("eventstream.events", "outcome", "indexed")).isEqualTo(2);
      assertThat(count("eventstream.events", "outcome", "duplicate")).isEqualTo(1);
      assertThat(count("eventstream.events", "outcome", "rejected")).isEqualTo(1);
      assertThat(count("eventstream.events", "outcome", "spooled")).isZero();
      assertThat(count("eventstream.events", "outcome", "dead_lettered")).isZero();
      assertThat(count("eventstream.events", "outcome", "refused")).isZero();
      assertThat(count("eventstream.rejections", "reason", "invalid_event_type")).isEqualTo(1);
      assertThat(registry.get("eventstream.request.duration").timer().count()).isEqualTo(1);
      assertThat(bulks("mixed").count()).isEqualTo(1);
    }
  }

  private Timer bulks(String result) {
    return registry.get("eventstream.bulk.duration").tag("result", result).timer();
  }

  @Test
  void countsRetriesAndTheirDocuments() {
    answers.add(all(RETRY));
    answers.add(all(RETRY));
    try (EventStream stream = builder().build()) {
      stream.publishAll(events(5)).join();

      assertThat(count("eventstream.bulk.retries")).isEqualTo(2);
      assertThat(bulks("retry").count()).isEqualTo(2);
      assertThat(bulks("written").count()).isEqualTo(1);
      assertThat(registry.get("eventstream.bulk.documents").summary().count()).isEqualTo(3);
      assertThat(registry.get("eventstream.bulk.documents").summary().totalAmount()).isEqualTo(15);
      assertThat(registry.get("eventstream.bulk.bytes").summary().totalAmount())
          .isGreaterThan(15 * 50);
      assertThat(count("eventstream.events", "outcome", "indexed")).isEqualTo(5);
    }
  }

  @Test
  void countsRefusedEventsAndReportsBytesInFlight() {
    CompletableFuture<SinkResult> late = new CompletableFuture<>();
    answers.add(size -> late);
    try (EventStream stream = builder().maxInFlightBytes(3_000).build()) {
      metrics.watch(stream);
      CompletableFuture<List<Outcome>> first = stream.publishAll(events(1));
      stream.publishAll(events(10)).join();

      assertThat(count("eventstream.refusals", "reason", "in_flight")).isEqualTo(10);
      assertThat(count("eventstream.events", "outcome", "refused")).isEqualTo(10);
      assertThat(gauge("eventstream.inflight.requests")).isEqualTo(1);
      assertThat(gauge("eventstream.inflight.bytes")).isBetween(1_000.0, 3_000.0);
      assertThat(gauge("eventstream.inflight.limit.bytes")).isEqualTo(3_000);
      assertThat(gauge("eventstream.breaker.open")).isZero();
      assertThat(registry.find("eventstream.spool.documents").gauge()).isNull();
      late.complete(SinkResult.all(1, ItemResult.WRITTEN));
      first.join();
      assertThat(gauge("eventstream.inflight.bytes")).isZero();
    }
  }

  @Test
  void countsIdMisses() {
    IdResolver ids = IdResolver.of(Map.of("pageview", Map.of("about", "a")));
    try (EventStream stream = builder().idResolver(ids).build()) {
      stream.publishAll(events(3)).join();

      assertThat(count("eventstream.id.misses")).isEqualTo(3);
    }
  }

  @Test
  void countsReloadsOfIdTables(@TempDir Path directory) throws IOException {
    Files.writeString(directory.resolve("pageview.json"), "{\"home\":\"h\"}");
    try (DirectoryIdResolver ids = DirectoryIdResolver.open(directory, Duration.ofMillis(10))) {
      metrics.watch(ids);
      assertThat(reloads("success")).isGreaterThanOrEqualTo(1);
      assertThat(reloads("failure")).isZero();

      Files.writeString(directory.resolve("pageview.json"), "{");

      await().until(() -> reloads("failure") > 0);
    }
  }

  private double reloads(String result) {
    return registry.get("eventstream.id.reloads").tag("result", result).functionCounter().count();
  }

  @Test
  void countsSpoolingReplayDeadLettersAndBreakerOpenings() {
    metrics.spooled(3, 300, 5_000_000, null);
    metrics.spooled(2, 200, 5_000_000, null);
    metrics.replayed(4);
    metrics.deadLettered(1);
    metrics.sheltered(6);
    metrics.breakerOpened("401");
    metrics.breakerClosed();

    assertThat(count("eventstream.spooled.documents")).isEqualTo(5);
    assertThat(count("eventstream.spooled")).isEqualTo(500);
    Timer time = registry.get("eventstream.spool.write.duration").timer();
    assertThat(time.count()).isEqualTo(2);
    assertThat(time.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(10);
    assertThat(count("eventstream.replayed.documents")).isEqualTo(4);
    assertThat(count("eventstream.dead.lettered.documents")).isEqualTo(1);
    assertThat(count("eventstream.sheltered.documents")).isEqualTo(6);
    assertThat(count("eventstream.breaker.openings")).isEqualTo(1);
  }

  @Test
  void registersCountersAndHistogramsFromTheStart() {
    PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    EventStreamMetrics fresh = new EventStreamMetrics(prometheus);

    assertThat(prometheus.scrape())
        .contains("eventstream_events_total{outcome=\"indexed\"} 0.0\n")
        .contains("eventstream_refusals_total{reason=\"spool\"} 0.0\n")
        .contains("eventstream_request_duration_seconds_bucket{le=\"0.001\"} 0\n")
        .contains("eventstream_bulk_duration_seconds_count{result=\"too_large\"} 0\n")
        .contains("eventstream_bulk_documents_bucket{le=\"1000.0\"} 0\n")
        .contains("eventstream_spooled_bytes_total 0.0\n");

    fresh.published(new PublishCounts(1, 0, 0, 0, 0, Map.of(), Map.of(), 0, 30_000_000));
    fresh.attempted(
        new BulkAttempt(1, 100, 0, false, BulkAttempt.Result.WRITTEN, 30_000_000, List.of()));

    assertThat(prometheus.scrape())
        .contains("eventstream_request_duration_seconds_bucket{le=\"0.025\"} 0\n")
        .contains("eventstream_request_duration_seconds_bucket{le=\"0.05\"} 1\n")
        .contains("eventstream_bulk_duration_seconds_bucket{result=\"written\",le=\"0.05\"} 1\n");
  }
}

package dev.eventstream.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.EventStreamBuilder;
import dev.eventstream.observe.BulkAttempt;
import dev.eventstream.observe.PublishCounts;
import dev.eventstream.observe.PublishedEvent;
import dev.eventstream.observe.SpoolExit;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventStreamTracingTest {
  private static final Event CLICK = Event.of("engagement", "click");

  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final OpenTelemetrySdk sdk =
      OpenTelemetrySdk.builder()
          .setTracerProvider(
              SdkTracerProvider.builder()
                  .addSpanProcessor(SimpleSpanProcessor.create(spans))
                  .build())
          .build();
  private final Tracer tracer = sdk.getTracer("test");

  @AfterEach
  void closeSdk() {
    sdk.close();
  }

  /** Writes everything. */
  private static final class Sink implements EventSink {
    @Override
    public CompletionStage<SinkResult> write(DocumentBatch documents) {
      return CompletableFuture.completedFuture(
          SinkResult.all(documents.size(), ItemResult.WRITTEN));
    }

    @Override
    public CompletionStage<Void> check() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
  }

  private EventStreamBuilder stream() {
    return EventStream.builder().sink(new Sink()).listener(EventStreamTracing.of(sdk));
  }

  private SpanData only(String name) {
    List<SpanData> found =
        spans.getFinishedSpanItems().stream().filter(span -> span.getName().equals(name)).toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  @Test
  void aBulkRequestIsAChildOfTheSpanOfItsOnlyPublishCall() {
    Span request = tracer.spanBuilder("request").startSpan();
    try (EventStream stream = stream().build()) {
      CompletableFuture<?> published;
      try (Scope scope = request.makeCurrent()) {
        published = stream.publishAll(List.of(CLICK, CLICK));
      }
      published.join();
    }

    SpanData bulk = only("bulk");
    assertThat(bulk.getParentSpanId()).isEqualTo(request.getSpanContext().getSpanId());
    assertThat(bulk.getTraceId()).isEqualTo(request.getSpanContext().getTraceId());
    assertThat(bulk.getKind()).isEqualTo(SpanKind.CLIENT);
    assertThat(bulk.getAttributes().get(AttributeKey.longKey("db.operation.batch.size")))
        .isEqualTo(2);
    assertThat(bulk.getAttributes().get(AttributeKey.stringKey("eventstream.result")))
        .isEqualTo("written");
    assertThat(bulk.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(bulk.getEndEpochNanos()).isGreaterThanOrEqualTo(bulk.getStartEpochNanos());
  }

  @Test
  void aBulkRequestOfSeveralPublishCallsLinksToTheirSpans() {
    List<Object> origins = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    EventStreamTracing tracing = EventStreamTracing.of(sdk);
    for (int i = 0; i < EventStreamTracing.MAX_LINKS + 1; i++) {
      Span request = tracer.spanBuilder("request").startSpan();
      ids.add(request.getSpanContext().getSpanId());
      try (Scope scope = request.makeCurrent()) {
        origins.add(tracing.publishing());
      }
    }

    tracing.attempted(attempt(BulkAttempt.Result.WRITTEN, false, origins));

    SpanData bulk = only("bulk");
    assertThat(bulk.getParentSpanContext().isValid()).isFalse();
    assertThat(bulk.getLinks())
        .extracting(LinkData::getSpanContext)
        .extracting(context -> context.getSpanId())
        .isEqualTo(ids.subList(0, EventStreamTracing.MAX_LINKS));
  }

  @Test
  void aPublishCallWithoutASpanHasNoOrigin() {
    assertThat(EventStreamTracing.of(sdk).publishing()).isNull();
  }

  @Test
  void aFailedRequestIsAnError() {
    EventStreamTracing.of(sdk).attempted(attempt(BulkAttempt.Result.RETRY, false, List.of()));

    assertThat(only("bulk").getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(only("bulk").getStatus().getDescription()).isEqualTo("retry");
  }

  @Test
  void aReplayIsASeparateTrace() {
    Span other = tracer.spanBuilder("other").startSpan();
    try (Scope scope = other.makeCurrent()) {
      EventStreamTracing.of(sdk).attempted(attempt(BulkAttempt.Result.MIXED, true, List.of()));
    }

    assertThat(only("replay").getParentSpanContext().isValid()).isFalse();
    assertThat(only("replay").getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
  }

  @Test
  void aWriteToTheSpoolIsAChildOfItsPublishCall() {
    EventStreamTracing tracing = EventStreamTracing.of(sdk);
    Span request = tracer.spanBuilder("request").startSpan();
    Object origin;
    try (Scope scope = request.makeCurrent()) {
      origin = tracing.publishing();
    }

    tracing.spooled(3, 300, Duration.ofMillis(5).toNanos(), origin);

    SpanData spool = only("spool");
    assertThat(spool.getParentSpanId()).isEqualTo(request.getSpanContext().getSpanId());
    assertThat(spool.getEndEpochNanos() - spool.getStartEpochNanos()).isGreaterThan(4_000_000);
    assertThat(spool.getAttributes().get(AttributeKey.longKey("eventstream.documents")))
        .isEqualTo(3);
  }

  @Test
  void passesAllNotificationsToTheNextListener() {
    AtomicInteger told = new AtomicInteger();
    StreamListener next =
        new StreamListener() {
          @Override
          public void published(PublishCounts counts) {
            told.incrementAndGet();
          }

          @Override
          public void publishedEvents(int events, IntFunction<PublishedEvent> event) {
            told.incrementAndGet();
          }

          @Override
          public void attempted(BulkAttempt attempt) {
            told.incrementAndGet();
          }

          @Override
          public void breakerOpened(String reason) {
            told.incrementAndGet();
          }

          @Override
          public void breakerClosed() {
            told.incrementAndGet();
          }

          @Override
          public void spooled(int documents, long bytes, long nanos, Object origin) {
            told.incrementAndGet();
          }

          @Override
          public void replayed(int documents) {
            told.incrementAndGet();
          }

          @Override
          public void left(DocumentBatch documents, IntFunction<SpoolExit> exits) {
            told.incrementAndGet();
          }

          @Override
          public void sheltered(int documents) {
            told.incrementAndGet();
          }

          @Override
          public void deadLettered(int documents) {
            told.incrementAndGet();
          }
        };
    EventStreamTracing tracing = EventStreamTracing.of(sdk, next);

    tracing.attempted(attempt(BulkAttempt.Result.WRITTEN, false, List.of()));
    tracing.breakerOpened("gone");
    tracing.breakerClosed();
    tracing.spooled(1, 1, 1, null);
    tracing.replayed(1);
    tracing.left(DocumentBatch.of(), i -> SpoolExit.INDEXED);
    tracing.sheltered(1);
    tracing.deadLettered(1);
    try (EventStream stream = stream().listener(tracing).build()) {
      stream.publish(CLICK).join();
    }

    assertThat(told).hasValue(11);
  }

  private static BulkAttempt attempt(
      BulkAttempt.Result result, boolean replay, List<Object> origins) {
    return new BulkAttempt(3, 300, 0, replay, result, 1_000_000, origins);
  }
}

package dev.eventstream.opentelemetry;

import dev.eventstream.observe.BulkAttempt;
import dev.eventstream.observe.ForwardingStreamListener;
import dev.eventstream.observe.StreamListener;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records spans for a stream's work: {@code bulk} for each bulk request, {@code spool} for each
 * write to the spool, {@code replay} for each bulk request with documents from the spool. Spans
 * contain no data of events.
 *
 * <p>The work for one publish call is a child of the span that was current when {@code publish} or
 * {@code publishAll} was called. A bulk request with documents of several calls is a separate trace
 * with links to at most {@value #MAX_LINKS} of their spans, as OpenTelemetry specifies for batches.
 * A replay is a separate trace without links, because the spool does not store the spans of its
 * documents.
 *
 * <p>Pass it to {@link dev.eventstream.EventStreamBuilder#listener}. Thread-safe.
 */
public final class EventStreamTracing extends ForwardingStreamListener {
  /**
   * The maximum number of links of a bulk span, which is the default limit of OpenTelemetry's SDK.
   */
  static final int MAX_LINKS = 128;

  private final Tracer tracer;

  private EventStreamTracing(Tracer tracer, StreamListener next) {
    super(next);
    this.tracer = tracer;
  }

  /**
   * Creates the listener.
   *
   * @param openTelemetry receives the spans
   */
  public static EventStreamTracing of(OpenTelemetry openTelemetry) {
    return of(openTelemetry, NONE);
  }

  /**
   * Creates a listener that passes all notifications to another one, for example for metrics.
   *
   * @param openTelemetry receives the spans
   * @param next receives all notifications, but its {@link StreamListener#publishing} is not called
   */
  public static EventStreamTracing of(OpenTelemetry openTelemetry, StreamListener next) {
    Tracer tracer = openTelemetry.getTracer("dev.eventstream");
    return new EventStreamTracing(tracer, next);
  }

  @Override
  public @Nullable Object publishing() {
    Context current = Context.current();
    return Span.fromContext(current).getSpanContext().isValid() ? current : null;
  }

  @Override
  public void attempted(BulkAttempt attempt) {
    String name = attempt.replay() ? "replay" : "bulk";
    Span span =
        started(name, SpanKind.CLIENT, attempt.origins(), attempt.nanos())
            .setAttribute("db.operation.name", "bulk")
            .setAttribute("db.operation.batch.size", (long) attempt.documents())
            .setAttribute("eventstream.bytes", attempt.bytes())
            .setAttribute("eventstream.attempt", (long) attempt.attempt())
            .setAttribute("eventstream.result", attempt.result().wireName());
    if (attempt.result().failed()) {
      span.setStatus(StatusCode.ERROR, attempt.result().wireName());
    }
    span.end();
    super.attempted(attempt);
  }

  @Override
  public void spooled(int documents, long bytes, long nanos, @Nullable Object origin) {
    List<Object> origins = origin == null ? List.of() : List.of(origin);
    started("spool", SpanKind.INTERNAL, origins, nanos)
        .setAttribute("eventstream.documents", (long) documents)
        .setAttribute("eventstream.bytes", bytes)
        .end();
    super.spooled(documents, bytes, nanos, origin);
  }

  /** Starts a span in the past, because a listener is notified at the end. */
  private Span started(String name, SpanKind kind, List<Object> origins, long nanos) {
    SpanBuilder span =
        tracer
            .spanBuilder(name)
            .setSpanKind(kind)
            .setStartTimestamp(Instant.now().minusNanos(nanos));
    if (origins.size() == 1 && origins.get(0) instanceof Context parent) {
      return span.setParent(parent).startSpan();
    }
    span.setNoParent();
    for (Object origin : origins.subList(0, Math.min(MAX_LINKS, origins.size()))) {
      if (origin instanceof Context linked) {
        span.addLink(Span.fromContext(linked).getSpanContext());
      }
    }
    return span.startSpan();
  }
}

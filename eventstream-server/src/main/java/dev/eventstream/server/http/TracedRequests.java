package dev.eventstream.server.http;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Creates a span per request, within the client's trace ({@code traceparent}). The attributes
 * follow OpenTelemetry's conventions for HTTP servers, without query and headers.
 */
public final class TracedRequests extends Handler.Wrapper {
  private static final String CONTEXT = TracedRequests.class.getName();

  private static final TextMapGetter<HttpFields> HEADERS =
      new TextMapGetter<>() {
        @Override
        public @Nullable String get(@Nullable HttpFields carrier, String key) {
          return carrier == null ? null : carrier.get(key);
        }
      };

  private final String endpoint;
  private final Tracer tracer;
  private final TextMapPropagator propagator;

  /**
   * Creates the handler.
   *
   * @param path the path of the only route that it wraps
   */
  public TracedRequests(String path, OpenTelemetry openTelemetry, Handler handler) {
    super(handler);
    this.endpoint = path;
    this.tracer = openTelemetry.getTracer("dev.eventstream.server");
    this.propagator = openTelemetry.getPropagators().getTextMapPropagator();
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (Span.current().getSpanContext().isValid()) { // an agent has already created a span
      request.setAttribute(CONTEXT, Context.current());
      return super.handle(request, response, callback);
    }
    Context parent = propagator.extract(Context.root(), request.getHeaders(), HEADERS);
    Span span =
        tracer
            .spanBuilder(request.getMethod() + " " + endpoint)
            .setSpanKind(SpanKind.SERVER)
            .setParent(parent)
            .setAttribute("http.request.method", request.getMethod())
            .setAttribute("http.route", endpoint)
            .setAttribute("url.path", endpoint)
            .setAttribute("url.scheme", String.valueOf(request.getHttpURI().getScheme()))
            .startSpan();
    request.setAttribute(CONTEXT, parent.with(span));
    Request.addCompletionListener(
        request,
        failure -> {
          int status = response.getStatus();
          span.setAttribute("http.response.status_code", (long) status);
          if (failure != null || status >= 500) {
            span.setStatus(StatusCode.ERROR);
          }
          span.end();
        });
    return super.handle(request, response, callback);
  }

  /** The trace context of a request; the root context if it has no span. */
  public static Context context(Request request) {
    return request.getAttribute(CONTEXT) instanceof Context context ? context : Context.root();
  }
}

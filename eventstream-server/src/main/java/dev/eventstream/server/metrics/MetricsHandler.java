package dev.eventstream.server.metrics;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers with the meters of a registry: as OpenMetrics if the client prefers it, otherwise in the
 * Prometheus text format.
 */
final class MetricsHandler extends Handler.Abstract {
  static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

  private final PrometheusMeterRegistry registry;
  private volatile int lastSize = 32 * 1024;

  MetricsHandler(PrometheusMeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws IOException {
    String contentType = contentType(request);
    ByteArrayOutputStream body = new ByteArrayOutputStream(lastSize + 1024);
    registry.scrape(body, contentType);
    lastSize = body.size();
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.size());
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    response.write(true, ByteBuffer.wrap(body.toByteArray()), callback);
    return true;
  }

  private static String contentType(Request request) {
    for (String accepted : request.getHeaders().getQualityCSV(HttpHeader.ACCEPT)) {
      if (accepted.startsWith("application/openmetrics-text")) {
        return OPEN_METRICS;
      }
      if (accepted.startsWith("text/") || accepted.startsWith("*/*")) {
        return TEXT;
      }
    }
    return TEXT;
  }
}

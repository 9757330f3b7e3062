package dev.eventstream.server.http;

import java.util.function.Function;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;

/**
 * Notifies an observer of every request. It is a request log, because Jetty also passes requests to
 * the log that never reach a handler.
 */
public final class ObservedRequests implements RequestLog {
  private final Function<Request, String> endpoints;
  private final RequestObserver observer;

  public ObservedRequests(Function<Request, String> endpoints, RequestObserver observer) {
    this.endpoints = endpoints;
    this.observer = observer;
  }

  @Override
  public void log(Request request, Response response) {
    observer.answered(
        endpoints.apply(request),
        response.getStatus(),
        Math.max(0, Request.getContentBytesRead(request)),
        RequestError.of(request));
  }
}

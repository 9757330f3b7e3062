package dev.eventstream.server.http;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Errors that the HTTP server finds itself, as {@link Problem}s without any inner workings. */
final class ProblemErrors extends ErrorHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ProblemErrors.class);

  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int code,
      @Nullable String message,
      @Nullable Throwable cause,
      Callback callback) {
    if (code >= 500 && code != HttpStatus.SERVICE_UNAVAILABLE_503 && cause != null) {
      LOG.error("A request failed for a reason of ours; please report this", cause);
    }
    // What went wrong inside is for the log, not for the client.
    String detail = code >= 500 || message == null ? HttpStatus.getMessage(code) : message;
    new Problem(code, detail).answer().send(response, callback);
  }
}

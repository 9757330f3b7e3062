package dev.eventstream.server.http;

import java.io.IOException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the errors that Jetty itself detects, as {@link Problem}s without internal details. */
final class ProblemErrors extends ErrorHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ProblemErrors.class);

  ProblemErrors() {
    // Each answer sets Cache-Control itself, and a 304 must not carry it.
    setCacheControl(null);
  }

  /** For every method: a malformed PUT is also answered with its fault. */
  @Override
  public boolean errorPageForMethod(String method) {
    return true;
  }

  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int code,
      @Nullable String message,
      @Nullable Throwable cause,
      Callback callback) {
    // A fault of the client or of its connection is not logged, or clients could fill the log.
    boolean ofClient = cause instanceof HttpException || cause instanceof IOException;
    if (code >= 500 && cause != null && !ofClient) {
      LOG.error("A request failed because of a fault in the server; please report it", cause);
    }
    boolean shuttingDown = code == HttpStatus.SERVICE_UNAVAILABLE_503;
    if (shuttingDown) {
      RequestError.SHUTTING_DOWN.record(request);
    } else if (code < 500) {
      RequestError.BAD_REQUEST.record(request);
    }
    // Internal details are for the log, not for the client.
    String detail = code >= 500 || message == null ? HttpStatus.getMessage(code) : message;
    long retryAfter = shuttingDown ? RequestError.SHUTTING_DOWN.retryAfterSeconds() : 0;
    // Over HTTP/2, Jetty (12.1.14) has no time-out for a client that does not read such an answer.
    long timeout = request.getConnectionMetaData().getConnector().getIdleTimeout();
    new Problem(code, detail).answer(retryAfter).send(response, timeout, callback);
  }
}

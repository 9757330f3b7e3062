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

/** Errors that the HTTP server finds itself, as {@link Problem}s without any inner workings. */
final class ProblemErrors extends ErrorHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ProblemErrors.class);

  ProblemErrors() {
    // A problem says itself that it is not to be kept; a 304 must not say it of what is.
    setCacheControl(null);
  }

  /** Whatever the method: who sends a broken PUT is told what is wrong with it, too. */
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
    // What the client did, or its connection: nothing to fill a log with.
    boolean theirs = cause instanceof HttpException || cause instanceof IOException;
    if (code >= 500 && cause != null && !theirs) {
      LOG.error("A request failed for a reason of ours; please report this", cause);
    }
    boolean shuttingDown = code == HttpStatus.SERVICE_UNAVAILABLE_503;
    if (shuttingDown) {
      RequestError.SHUTTING_DOWN.record(request);
    } else if (code < 500) {
      RequestError.BAD_REQUEST.record(request);
    }
    // What went wrong inside is for the log, not for the client.
    String detail = code >= 500 || message == null ? HttpStatus.getMessage(code) : message;
    long retryAfter = shuttingDown ? RequestError.SHUTTING_DOWN.retryAfterSeconds() : 0;
    // Over HTTP/2, Jetty (12.1.14) waits without end for a client that takes no answer of this
    // kind.
    long patience = request.getConnectionMetaData().getConnector().getIdleTimeout();
    new Problem(code, detail).answer(retryAfter).send(response, patience, callback);
  }
}

package dev.eventstream.server.http;

import org.eclipse.jetty.server.Request;

/**
 * Says that a request cannot be processed because of its headers, or because its body contradicts
 * them. Has no stack trace: it describes input, not code.
 */
public final class RequestErrorException extends Exception {
  private static final long serialVersionUID = 1L;

  private final RequestError error;
  private final int status;

  /**
   * Creates the exception.
   *
   * @param detail names the fault and the remedy; is shown to the client
   */
  public RequestErrorException(RequestError error, String detail) {
    this(error, error.status(), detail);
  }

  /**
   * Creates the exception with a more precise status than that of the error.
   *
   * @param detail names the fault and the remedy; is shown to the client
   */
  public RequestErrorException(RequestError error, int status, String detail) {
    super(detail, null, false, false);
    this.error = error;
    this.status = status;
  }

  /** Answers the request, and records its error. */
  public Answer answer(Request request) {
    error.record(request);
    return new Problem(status, String.valueOf(getMessage())).answer(error.retryAfterSeconds());
  }
}

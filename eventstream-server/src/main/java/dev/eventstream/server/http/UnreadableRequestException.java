package dev.eventstream.server.http;

/** Says that a request is not one that we read, by its headers, or what they say of its body. */
final class UnreadableRequestException extends Exception {
  private static final long serialVersionUID = 1L;

  private final RequestRefusal refusal;
  private final int status;

  /**
   * Creates the exception. It carries no stack trace: it speaks of input, not of code.
   *
   * @param status the HTTP status
   * @param detail what is wrong, and what to do, fit to be shown to the client
   */
  UnreadableRequestException(RequestRefusal refusal, int status, String detail) {
    super(detail, null, false, false);
    this.refusal = refusal;
    this.status = status;
  }

  RequestRefusal refusal() {
    return refusal;
  }

  Problem problem() {
    return new Problem(status, String.valueOf(getMessage()));
  }
}

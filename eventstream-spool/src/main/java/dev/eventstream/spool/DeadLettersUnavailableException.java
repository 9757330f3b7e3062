package dev.eventstream.spool;

/** Dead letters cannot be kept now; the message says why and what to do. */
final class DeadLettersUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DeadLettersUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}

package dev.eventstream;

import static java.util.Objects.requireNonNull;

import dev.eventstream.spi.Rejection;

/**
 * Thrown when an event can never be accepted as it is. A transformer throws it to reject one event;
 * the other events of the batch are not affected.
 */
public final class InvalidEventException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Rejection code;

  /**
   * Creates the exception without a stack trace: the fault is in the input, not in the code, and
   * hostile input must be cheap to reject.
   *
   * @param code the kind of fault
   * @param reason the fault in one sentence, suitable for the sender of the event
   */
  public InvalidEventException(Rejection code, String reason) {
    super(requireNonNull(reason, "reason"), null, false, false);
    this.code = requireNonNull(code, "code");
  }

  /** Returns the kind of fault. */
  public Rejection code() {
    return code;
  }

  /** Returns the fault in one sentence, never null. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}

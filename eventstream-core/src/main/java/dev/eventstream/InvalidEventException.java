package dev.eventstream;

import static java.util.Objects.requireNonNull;

import dev.eventstream.spi.Rejection;

/**
 * Says that an event can never be taken as it is. A transformer throws it to turn one event down;
 * the other events of the batch go on.
 */
public final class InvalidEventException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What kind of fault it is. */
  private final Rejection code;

  /**
   * Creates the exception. It carries no stack trace: it speaks of input, not of code, and hostile
   * input must not make it expensive.
   *
   * @param code what kind of fault it is
   * @param reason the fault in one sentence, fit to be shown to whoever sent the event
   */
  public InvalidEventException(Rejection code, String reason) {
    super(requireNonNull(reason, "reason"), null, false, false);
    this.code = requireNonNull(code, "code");
  }

  /**
   * What kind of fault it is.
   *
   * @return the code
   */
  public Rejection code() {
    return code;
  }

  /**
   * The fault in one sentence.
   *
   * @return the reason, never null
   */
  public String reason() {
    return String.valueOf(getMessage());
  }
}

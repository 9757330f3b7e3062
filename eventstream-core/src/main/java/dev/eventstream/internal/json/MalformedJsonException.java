package dev.eventstream.internal.json;

import dev.eventstream.spi.Rejection;

/**
 * The position and the reason at which a scan stopped. It has no stack trace: the fault is in the
 * input, and hostile input must be cheap to reject.
 */
public final class MalformedJsonException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Rejection code;

  /** Position in the scanned array. */
  private final int position;

  /** How far the scan has come. */
  private final int scanned;

  /** Whether the input ended before the value did, so that more input could complete it. */
  private final boolean endOfInput;

  MalformedJsonException(
      Rejection code, String reason, int position, int scanned, boolean endOfInput) {
    super(reason, null, false, false);
    this.code = code;
    this.position = position;
    this.scanned = scanned;
    this.endOfInput = endOfInput;
  }

  public Rejection code() {
    return code;
  }

  public String reason() {
    return String.valueOf(getMessage());
  }

  public int position() {
    return position;
  }

  int scanned() {
    return scanned;
  }

  public boolean endOfInput() {
    return endOfInput;
  }
}

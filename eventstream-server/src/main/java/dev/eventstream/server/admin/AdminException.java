package dev.eventstream.server.admin;

import java.io.IOException;

/** The answer of an admin port that has not done what was asked; the message names the remedy. */
public final class AdminException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;

  AdminException(int status, String detail) {
    super(detail);
    this.status = status;
  }

  /** The status of the answer, such as 404 or 409. */
  public int status() {
    return status;
  }
}

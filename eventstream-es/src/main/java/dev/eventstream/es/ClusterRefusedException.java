package dev.eventstream.es;

import java.io.IOException;

/** The cluster answered a request with an error. The message names the request and the error. */
public final class ClusterRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String errorType;

  /**
   * Describes an error.
   *
   * @param status the HTTP status of the answer
   * @param errorType for example {@code index_not_found_exception}; empty if the answer has none
   */
  public ClusterRefusedException(String message, int status, String errorType) {
    super(message);
    this.status = status;
    this.errorType = errorType;
  }

  /** Returns the HTTP status of the answer. */
  public int status() {
    return status;
  }

  /** Returns whether what was to be created is there already. */
  public boolean saysAlreadyExists() {
    return errorType.endsWith("already_exists_exception"); // engines prefix it differently
  }

  /** Returns the type of the engine's error; empty if it has none. */
  public String errorType() {
    return errorType;
  }
}

package dev.eventstream.testkit;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when an engine does not start.
 *
 * <p>If the engine's process had been started, the message ends with the last lines of its log and
 * the log's path; the log file is kept.
 */
public class EngineStartException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what failed, and the remedy
   */
  public EngineStartException(String message) {
    super(message);
  }

  /**
   * Creates the exception.
   *
   * @param message what failed, and the remedy
   * @param cause the cause, or null
   */
  public EngineStartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

package dev.eventstream.testkit;

import org.jspecify.annotations.Nullable;

/**
 * An engine did not start.
 *
 * <p>Where the engine's process had been started, the message ends with the last lines of its log
 * and the log's path; the file is kept.
 */
public class EngineStartException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * With a message.
   *
   * @param message what failed, and the remedy
   */
  public EngineStartException(String message) {
    super(message);
  }

  /**
   * With a message and a cause.
   *
   * @param message what failed, and the remedy
   * @param cause why, or null
   */
  public EngineStartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

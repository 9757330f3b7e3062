package dev.eventstream.testkit;

/**
 * Thrown when an engine cannot run on this machine, for example because it needs a newer JDK. The
 * message contains the remedy. A test may skip itself in this case; {@link EngineExtension} does.
 */
public final class EngineUnavailableException extends EngineStartException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what is missing, and the remedy
   */
  public EngineUnavailableException(String message) {
    super(message);
  }
}

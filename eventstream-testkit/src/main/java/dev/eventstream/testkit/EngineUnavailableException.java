package dev.eventstream.testkit;

/**
 * An engine cannot run on this machine as it is, for example because it needs a newer JDK. The
 * message names the remedy. A test may skip itself on it; {@link EngineExtension} does.
 */
public final class EngineUnavailableException extends EngineStartException {

  private static final long serialVersionUID = 1L;

  /**
   * With a message.
   *
   * @param message what is missing, and the remedy
   */
  public EngineUnavailableException(String message) {
    super(message);
  }
}

package dev.eventstream.es.connect;

/** A secret is missing or malformed. The message names the remedy and never contains the secret. */
public final class UnusableCredentialsException extends IllegalStateException {
  public UnusableCredentialsException(String message) {
    super(message);
  }
}

package dev.eventstream.tls;

/** A certificate or key file is unusable. The message names the file and the remedy. */
public class TlsFileException extends IllegalArgumentException {
  TlsFileException(String message) {
    super(message);
  }

  TlsFileException(String message, Exception cause) {
    super(message, cause);
  }
}

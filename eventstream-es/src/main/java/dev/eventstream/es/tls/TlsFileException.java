package dev.eventstream.es.tls;

/** A file with certificates or a key cannot be used; the message names it and the remedy. */
public class TlsFileException extends IllegalArgumentException {
  TlsFileException(String message) {
    super(message);
  }

  TlsFileException(String message, Exception cause) {
    super(message, cause);
  }
}

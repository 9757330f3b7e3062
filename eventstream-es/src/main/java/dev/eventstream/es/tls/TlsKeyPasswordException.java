package dev.eventstream.es.tls;

/** The password of a private key is missing or wrong. */
public final class TlsKeyPasswordException extends TlsFileException {
  TlsKeyPasswordException(String message) {
    super(message);
  }
}

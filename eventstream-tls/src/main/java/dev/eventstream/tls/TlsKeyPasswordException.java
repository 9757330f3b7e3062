package dev.eventstream.tls;

/** The password of a private key is missing, wrong or not available. */
public final class TlsKeyPasswordException extends TlsFileException {
  TlsKeyPasswordException(String message) {
    super(message);
  }
}

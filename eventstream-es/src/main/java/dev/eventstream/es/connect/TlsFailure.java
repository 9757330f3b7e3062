package dev.eventstream.es.connect;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Finds the remedy for a failed TLS handshake. */
public final class TlsFailure {
  private TlsFailure() {}

  /** Returns the remedy; null if the failure is not about TLS, or if no remedy is known. */
  public static @Nullable String remedy(Throwable failure) {
    boolean tls = false;
    String remedy = null;
    for (Throwable at = failure; at != null; at = at.getCause()) {
      tls |= at instanceof SSLException;
      String known = remedyOf(at);
      remedy = known == null ? remedy : known;
    }
    return tls ? remedy : null;
  }

  private static @Nullable String remedyOf(Throwable failure) {
    if (failure instanceof CertificateExpiredException
        || failure instanceof CertificateNotYetValidException) {
      return "its certificate is not valid at this time: renew it, or set the clock";
    }
    if (failure instanceof CertPathBuilderException) {
      return "no CA that is trusted here has signed its certificate: configure the cluster's CA as"
          + " a PEM file, or the certificate's fingerprint";
    }
    String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    if (message.contains("no subject alternative") || message.contains("no name matching")) {
      return "its certificate is for other host names: use one of those in the cluster's URL, or"
          + " issue a certificate for this one";
    }
    if (message.contains("certificate_required")
        || message.contains("bad_certificate")
        || message.contains("certificate_unknown")
        || message.contains("unknown_ca")) {
      return "it wants a client certificate, or another one: configure one that its CA has signed";
    }
    if (message.contains(
        "handshake_failure")) { // newer servers send it if a certificate is missing
      return "it broke off the TLS handshake: perhaps it wants a client certificate, or both sides"
          + " have no TLS version or no cipher in common";
    }
    if (message.contains("unsupported or unrecognized ssl message")
        || message.contains("plaintext connection")) {
      return "it does not speak TLS: use http:// in the cluster's URL, or turn TLS on there";
    }
    if (message.equals(
        "tls handshake failed")) { // the HTTP client's message for a closed connection
      return "it broke off the TLS handshake without a reason: perhaps it wants a client"
          + " certificate";
    }
    return null;
  }
}

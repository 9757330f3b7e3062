package dev.eventstream.tls;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The SHA-256 of a certificate. */
public final class Fingerprint {
  private static final HexFormat COLONS = HexFormat.ofDelimiter(":").withUpperCase();

  private final byte[] sha256;

  private Fingerprint(byte[] sha256) {
    this.sha256 = sha256;
  }

  /**
   * Parses a fingerprint.
   *
   * @param text 64 hexadecimal digits, with or without colons between the bytes
   * @throws IllegalArgumentException if the text is not a SHA-256 fingerprint
   */
  public static Fingerprint parse(String text) {
    String digits = text.strip().replace(":", "");
    if (digits.length() == 64) {
      try {
        return new Fingerprint(HexFormat.of().parseHex(digits));
      } catch (IllegalArgumentException e) {
        throw invalid(text, e);
      }
    }
    throw invalid(text, null);
  }

  private static IllegalArgumentException invalid(String text, @Nullable Exception cause) {
    return new IllegalArgumentException(
        "the certificate fingerprint \""
            + text
            + "\" is not a SHA-256; it has 64 hexadecimal digits, as"
            + " \"openssl x509 -fingerprint -sha256 -noout -in ca.pem\" prints them",
        cause);
  }

  static Fingerprint of(X509Certificate certificate) throws CertificateEncodingException {
    try {
      return new Fingerprint(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Fingerprint that && MessageDigest.isEqual(sha256, that.sha256);
  }

  @Override
  public int hashCode() {
    return sha256[0];
  }

  @Override
  public String toString() {
    return COLONS.formatHex(sha256);
  }
}

package dev.eventstream.es.tls;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads PEM files one by one, for those who want to name the setting that each comes from when it
 * cannot be used.
 */
public final class PemFiles {
  private PemFiles() {}

  /**
   * All certificates in a file.
   *
   * @return at least one
   * @throws TlsFileException when there is none or one cannot be read
   */
  public static List<X509Certificate> certificates(Path file) {
    return new Pem(file, PemTls.read(file)).certificates();
  }

  /**
   * Checks that a file holds the private key of a certificate.
   *
   * @param password gives the password of an encrypted key
   * @throws TlsKeyPasswordException when that is missing or wrong
   * @throws TlsFileException when the key cannot be used for another reason
   */
  public static void checkKey(
      Path file, X509Certificate certificate, @Nullable Supplier<String> password) {
    new Pem(file, PemTls.read(file)).privateKey(certificate, PemTls.ask(file, password));
  }

  /** Why a certificate is not valid at a time; null when it is. */
  public static @Nullable String invalidity(X509Certificate certificate, Instant time) {
    Instant from = certificate.getNotBefore().toInstant();
    Instant until = certificate.getNotAfter().toInstant();
    String name = "the certificate of " + certificate.getSubjectX500Principal();
    if (time.isAfter(until)) {
      return name + " expired at " + until + "; renew it";
    }
    return time.isBefore(from)
        ? name + " is not valid before " + from + "; wait, or set the clock"
        : null;
  }
}

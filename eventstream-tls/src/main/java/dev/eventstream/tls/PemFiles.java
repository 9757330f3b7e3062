package dev.eventstream.tls;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Checks single PEM files, so that a caller can name the setting each one comes from. */
public final class PemFiles {
  private PemFiles() {}

  /**
   * Reads all certificates in a file, at least one.
   *
   * @throws TlsFileException if the file has no certificate or an unreadable one
   */
  public static List<X509Certificate> certificates(Path file) {
    return new Pem(file, PemTls.read(file)).certificates();
  }

  /**
   * Checks that a file holds the private key of a certificate.
   *
   * @param password supplies the password of an encrypted key
   * @throws TlsKeyPasswordException if the password is missing or wrong
   * @throws TlsFileException if the key is unusable for another reason
   */
  public static void checkKey(
      Path file, X509Certificate certificate, @Nullable Supplier<String> password) {
    new Pem(file, PemTls.read(file)).privateKey(certificate, PemTls.ask(file, password));
  }

  /** Says why a certificate is not valid at a time; null if it is valid. */
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

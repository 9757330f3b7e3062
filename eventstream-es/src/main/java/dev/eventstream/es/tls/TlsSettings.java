package dev.eventstream.es.tls;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How to know the cluster, and how to be known by it.
 *
 * @param authorities PEM file of the CAs to trust; null for those of the JVM
 * @param fingerprint of the server's certificate or its CA's; null to trust by CA
 * @param identity our own certificate; null for none
 * @param verifyHostNames whether the certificate must be for the host in the URL
 */
public record TlsSettings(
    @Nullable Path authorities,
    @Nullable Fingerprint fingerprint,
    @Nullable Identity identity,
    boolean verifyHostNames) {

  /** The CAs of the JVM, no certificate of our own, host names verified. */
  public static final TlsSettings DEFAULT = new TlsSettings(null, null, null, true);

  /**
   * A client certificate.
   *
   * @param chain PEM file of the certificate, followed by those that signed it
   * @param key PEM file of its private key
   * @param password of the key; null when it is not encrypted
   */
  public record Identity(Path chain, Path key, @Nullable Supplier<String> password) {}
}

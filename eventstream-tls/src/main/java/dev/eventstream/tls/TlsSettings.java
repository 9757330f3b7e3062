package dev.eventstream.tls;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The files that a TLS context is built from, and how the other side is verified.
 *
 * @param authorities PEM file of the trusted CAs; null for those of the JVM
 * @param fingerprint of the peer's certificate or of its CA's, instead of trusted CAs; null for
 *     none
 * @param identity the certificate presented to the other side; null for none
 * @param verifyHostNames whether the peer's certificate must match the host in the URL
 */
public record TlsSettings(
    @Nullable Path authorities,
    @Nullable Fingerprint fingerprint,
    @Nullable Identity identity,
    boolean verifyHostNames) {

  /**
   * A certificate with its private key.
   *
   * @param chain PEM file of the certificate, followed by the CA certificates that signed it
   * @param key PEM file of the private key
   * @param password of the key; null if the key is not encrypted
   */
  public record Identity(Path chain, Path key, @Nullable Supplier<String> password) {}
}

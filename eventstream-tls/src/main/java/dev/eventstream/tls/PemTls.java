package dev.eventstream.tls;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** A snapshot of the files of a {@link TlsSettings}, and the TLS context built from it. */
final class PemTls {
  private final TlsSettings settings;
  private final byte @Nullable [] authorities;
  private final byte @Nullable [] chain;
  private final byte @Nullable [] key;
  private final @Nullable String password;

  private PemTls(TlsSettings settings) {
    this.settings = settings;
    TlsSettings.Identity identity = settings.identity();
    this.authorities = settings.authorities() == null ? null : read(settings.authorities());
    this.chain = identity == null ? null : read(identity.chain());
    this.key = identity == null ? null : read(identity.key());
    this.password = identity == null ? null : ask(identity.key(), identity.password());
  }

  /**
   * Reads the files.
   *
   * @throws TlsFileException if a file cannot be read
   */
  static PemTls read(TlsSettings settings) {
    return new PemTls(settings);
  }

  static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new TlsFileException(
          file + " cannot be read (" + e + "); check its path and permissions", e);
    }
  }

  static @Nullable String ask(Path key, @Nullable Supplier<String> password) {
    try {
      return password == null ? null : password.get();
    } catch (RuntimeException e) {
      // The supplier's own message may contain the secret.
      throw new TlsKeyPasswordException(
          "the password of the key in "
              + key
              + " is not available: its supplier failed with "
              + e.getClass().getName());
    }
  }

  /** A digest of the files and the password. */
  byte[] digest() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] secret = password == null ? null : password.getBytes(UTF_8);
      for (byte[] part : Arrays.asList(authorities, chain, key, secret)) {
        int length = part == null ? -1 : part.length;
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(length).flip());
        if (part != null) {
          digest.update(part);
        }
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /**
   * Creates a new context. It shares no sessions with earlier ones, so no session is resumed that
   * an earlier trust configuration allowed.
   *
   * @throws TlsFileException if the files are unusable
   */
  SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keyManagers(), trustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new TlsFileException("TLS cannot be set up: " + e, e);
    }
  }

  private TrustManager @Nullable [] trustManagers() throws GeneralSecurityException {
    if (settings.fingerprint() != null) {
      return new TrustManager[] {new FingerprintTrustManager(settings.fingerprint())};
    }
    if (settings.authorities() == null || authorities == null) {
      return null; // the CAs of the JVM
    }
    List<X509Certificate> trusted = new Pem(settings.authorities(), authorities).certificates();
    return new TrustManager[] {trustManager(trusted)};
  }

  /** Trusts these certificates and those that they signed. */
  static X509ExtendedTrustManager trustManager(List<X509Certificate> certificates)
      throws GeneralSecurityException {
    try {
      KeyStore store = emptyStore();
      for (int i = 0; i < certificates.size(); i++) {
        store.setCertificateEntry("ca-" + i, certificates.get(i));
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
  }

  private KeyManager @Nullable [] keyManagers() throws GeneralSecurityException, IOException {
    TlsSettings.Identity identity = settings.identity();
    if (identity == null || chain == null || key == null) {
      return null;
    }
    List<X509Certificate> certificates = new Pem(identity.chain(), chain).certificates();
    KeyStore store = emptyStore();
    char[] inMemory = "never written".toCharArray(); // the store is never saved
    store.setKeyEntry(
        "client",
        new Pem(identity.key(), key).privateKey(certificates.get(0), password),
        inMemory,
        certificates.toArray(new Certificate[0]));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, inMemory);
    return factory.getKeyManagers();
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    return store;
  }
}

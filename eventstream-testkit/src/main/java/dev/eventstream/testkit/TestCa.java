package dev.eventstream.testkit;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority for tests. Thread-safe. */
public final class TestCa {
  private static final AtomicLong SERIAL = new AtomicLong(1);

  /**
   * A key with its certificate and the CA's certificate.
   *
   * @param key the private key
   * @param chain the issued certificate first
   */
  public record Issued(PrivateKey key, List<X509Certificate> chain) {

    public Issued {
      chain = List.copyOf(chain);
    }

    /**
     * Creates a server's TLS context with this certificate.
     *
     * @param clients the CA of the trusted client certificates, if the server requests them
     * @throws Exception if the JVM cannot create it
     */
    public SSLContext server(TestCa clients) throws Exception {
      KeyStore store = KeyStore.getInstance("JKS"); // also accepts an invalid chain
      store.load(null, null);
      char[] password = "p".toCharArray();
      store.setKeyEntry("server", key, password, chain.toArray(new Certificate[0]));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, password);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), clients.trustManagers(), null);
      return context;
    }

    /**
     * Writes the chain as PEM atomically, so that it is never read half-written.
     *
     * @return {@code file}
     * @throws Exception if it cannot be written
     */
    public Path writeChain(Path file) throws Exception {
      StringBuilder pem = new StringBuilder();
      for (X509Certificate certificate : chain) {
        pem.append(pem("CERTIFICATE", certificate.getEncoded()));
      }
      return TestCa.write(file, pem.toString());
    }

    /**
     * Writes the key as PEM atomically.
     *
     * @return {@code file}
     * @throws IOException if it cannot be written
     */
    public Path writeKey(Path file) throws IOException {
      return TestCa.write(file, pem("PRIVATE KEY", key.getEncoded()));
    }
  }

  private final KeyPair keys;
  private final X509Certificate certificate;

  /**
   * Creates a CA.
   *
   * @throws Exception if the JVM cannot create it
   */
  public TestCa(String name) throws Exception {
    keys = newKeys();
    certificate = sign(keys, new X500Principal("CN=" + name), keys, name, true, Duration.ZERO);
  }

  /**
   * Issues a certificate with a new key.
   *
   * @param name the subject's name
   * @param hosts the host names and addresses of the subject
   * @throws Exception if the JVM cannot create it
   */
  public Issued issue(String name, String... hosts) throws Exception {
    return issue(Duration.ZERO, name, hosts);
  }

  /**
   * Issues a certificate with a new key that has already expired.
   *
   * @param name the subject's name
   * @param hosts the host names and addresses of the subject
   * @throws Exception if the JVM cannot create it
   */
  public Issued issueExpired(String name, String... hosts) throws Exception {
    return issue(Duration.ofDays(60), name, hosts);
  }

  /**
   * Issues a certificate with a new key, as it was issued some time ago: it is valid for 29 days
   * from then on.
   *
   * @param name the subject's name
   * @param hosts the host names and addresses of the subject
   * @throws Exception if the JVM cannot create it
   */
  public Issued issue(Duration ago, String name, String... hosts) throws Exception {
    KeyPair own = newKeys();
    X500Principal issuer = certificate.getSubjectX500Principal();
    X509Certificate signed = sign(keys, issuer, own, name, false, ago, hosts);
    return new Issued(own.getPrivate(), List.of(signed, certificate));
  }

  /** Returns the CA's own self-signed certificate. */
  public X509Certificate certificate() {
    return certificate;
  }

  /**
   * Creates a client's TLS context that trusts only this CA.
   *
   * @throws Exception if the JVM cannot create it
   */
  public SSLContext client() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trustManagers(), null);
    return context;
  }

  private TrustManager[] trustManagers() throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("ca", certificate);
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  /**
   * Writes the CA's certificate as PEM atomically.
   *
   * @return {@code file}
   * @throws Exception if it cannot be written
   */
  public Path write(Path file) throws Exception {
    return write(file, pem("CERTIFICATE", certificate.getEncoded()));
  }

  /**
   * Returns the SHA-256 fingerprint of a certificate as 64 hexadecimal digits.
   *
   * @throws Exception if the certificate cannot be encoded
   */
  public static String fingerprint(X509Certificate certificate) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
  }

  private static Path write(Path file, String content) throws IOException {
    Path written = Files.writeString(file.resolveSibling("." + file.getFileName()), content);
    return Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Returns a PEM block that ends with a line break.
   *
   * @param label the type of the content
   * @param der the content
   */
  public static String pem(String label, byte[] der) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
  }

  private static KeyPair newKeys() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return generator.generateKeyPair();
  }

  private static X509Certificate sign(
      KeyPair signer,
      X500Principal issuer,
      KeyPair subject,
      String name,
      boolean ca,
      Duration ago,
      String... hosts)
      throws Exception {
    Instant from = Instant.now().minus(Duration.ofDays(1)).minus(ago);
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            issuer,
            BigInteger.valueOf(SERIAL.getAndIncrement()),
            Date.from(from),
            Date.from(from.plus(Duration.ofDays(30))),
            new X500Principal("CN=" + name),
            subject.getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
    if (hosts.length > 0) {
      GeneralName[] names = new GeneralName[hosts.length];
      for (int i = 0; i < hosts.length; i++) {
        boolean address = Character.isDigit(hosts[i].charAt(0));
        names[i] = new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, hosts[i]);
      }
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
    }
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(
                new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
  }
}

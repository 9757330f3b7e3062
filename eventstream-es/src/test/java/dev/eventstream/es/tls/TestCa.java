package dev.eventstream.es.tls;

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
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority for tests. */
public final class TestCa {
  private static final AtomicLong SERIAL = new AtomicLong(1);

  /** A key with its certificate, and the CA's behind it. */
  public record Issued(PrivateKey key, List<X509Certificate> chain) {

    /** The context of a server with this certificate. */
    public SSLContext server(TestCa clients) throws Exception {
      KeyStore store = KeyStore.getInstance("JKS"); // takes a chain that is none, too
      store.load(null, null);
      char[] password = "p".toCharArray();
      store.setKeyEntry("server", key, password, chain.toArray(new Certificate[0]));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, password);
      SSLContext context = SSLContext.getInstance("TLS");
      TrustManager trust = PemTls.trustManager(List.of(clients.certificate));
      context.init(keys.getKeyManagers(), new TrustManager[] {trust}, null);
      return context;
    }

    public Path writeChain(Path file) throws Exception {
      StringBuilder pem = new StringBuilder();
      for (X509Certificate certificate : chain) {
        pem.append(pem("CERTIFICATE", certificate.getEncoded()));
      }
      return TestCa.write(file, pem.toString());
    }

    public Path writeKey(Path file) throws IOException {
      return TestCa.write(file, pem("PRIVATE KEY", key.getEncoded()));
    }
  }

  private final KeyPair keys;
  private final X509Certificate certificate;

  public TestCa(String name) throws Exception {
    keys = newKeys();
    certificate = sign(keys, new X500Principal("CN=" + name), keys, name, true, Duration.ZERO);
  }

  /** A certificate for host names and addresses. */
  public Issued issue(String name, String... hosts) throws Exception {
    return issue(Duration.ZERO, name, hosts);
  }

  /** One that has been valid until some time ago. */
  public Issued issueExpired(String name, String... hosts) throws Exception {
    return issue(Duration.ofDays(60), name, hosts);
  }

  private Issued issue(Duration ago, String name, String... hosts) throws Exception {
    KeyPair own = newKeys();
    X500Principal issuer = certificate.getSubjectX500Principal();
    X509Certificate signed = sign(keys, issuer, own, name, false, ago, hosts);
    return new Issued(own.getPrivate(), List.of(signed, certificate));
  }

  public X509Certificate certificate() {
    return certificate;
  }

  public Path write(Path file) throws Exception {
    return write(file, pem("CERTIFICATE", certificate.getEncoded()));
  }

  public static String fingerprint(X509Certificate certificate) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
  }

  /** At once, so that nobody reads half of it. */
  private static Path write(Path file, String content) throws IOException {
    Path written = Files.writeString(file.resolveSibling("." + file.getFileName()), content);
    return Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
  }

  static String pem(String label, byte[] der) {
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

package dev.eventstream.tls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.eventstream.testkit.TestCa;
import dev.eventstream.testkit.TestCa.Issued;
import java.io.StringWriter;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PemTest {
  private static final Path FILE = Path.of("some.pem");

  private static Issued issued;

  @BeforeAll
  static void makeCertificates() throws Exception {
    issued = new TestCa("ca").issue("client");
  }

  @Test
  void readsTheCertificatesInTheirOrderAndOverlooksOtherText() throws Exception {
    String text =
        "Bag Attributes: none"
            + System.lineSeparator()
            + TestCa.pem("CERTIFICATE", issued.chain().get(0).getEncoded())
            + TestCa.pem("PRIVATE KEY", issued.key().getEncoded())
            + TestCa.pem("CERTIFICATE", issued.chain().get(1).getEncoded()).replace("\n", "\r\n");

    assertThat(pem(text).certificates()).isEqualTo(issued.chain());
    assertThat(key(text, null)).isEqualTo(issued.key());
  }

  @Test
  void decryptsAKeyAsOpensslWritesIt() throws Exception {
    assertThat(key(encrypted("password"), "password")).isEqualTo(issued.key());
  }

  @Test
  void aWrongOrMissingPasswordOfTheKeyIsNamedWithoutShowingIt() throws Exception {
    String text = encrypted("password");

    assertUnusable(() -> key(text, null), "some.pem", "is encrypted", "password");
    assertUnusable(() -> key(text, "hidden"), "some.pem", "right password");
  }

  @Test
  void aKeyInAnOlderFormatIsNamedWithTheCommandThatChangesIt() {
    String text =
        """
        -----BEGIN RSA PRIVATE KEY-----
        Proc-Type: 4,ENCRYPTED
        DEK-Info: AES-256-CBC,00

        AAAA
        -----END RSA PRIVATE KEY-----
        """;

    assertUnusable(() -> key(text, null), "RSA PRIVATE KEY", "openssl pkcs8 -topk8");
  }

  @Test
  void aKeyOfAnotherCertificateIsRefused() throws Exception {
    PrivateKey other = new TestCa("ca").issue("client").key();
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    PrivateKey otherKind = rsa.generateKeyPair().getPrivate();

    assertUnusable(
        () -> key(TestCa.pem("PRIVATE KEY", other.getEncoded()), null), "CN=client", "belong");
    assertUnusable(
        () -> key(TestCa.pem("PRIVATE KEY", otherKind.getEncoded()), null), "certificate's kind");
  }

  @Test
  void aFileThatHoldsSomethingElseIsRefusedWithWhatItMustHold() {
    assertUnusable(
        () -> pem("0\u0082\u0001").certificates(), "some.pem is binary", "BEGIN CERTIFICATE");
    assertUnusable(() -> pem("0123").certificates(), "some.pem has no certificate in it");
    assertUnusable(() -> key("", null), "some.pem is empty", "BEGIN PRIVATE KEY");
    assertUnusable(
        () -> pem(TestCa.pem("CERTIFICATE", new byte[] {1, 2, 3})).certificates(), "is damaged");
    assertUnusable(() -> key(TestCa.pem("PRIVATE KEY", new byte[] {1}), null), "is damaged");
  }

  private static Pem pem(String text) {
    return new Pem(FILE, text.getBytes(UTF_8));
  }

  private static PrivateKey key(String text, String password) {
    return pem(text).privateKey(issued.chain().get(0), password);
  }

  private static String encrypted(String password) throws Exception {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(
          new JcaPKCS8Generator(
              issued.key(),
              new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
                  .setPRF(PKCS8Generator.PRF_HMACSHA256)
                  .setProvider(new BouncyCastleProvider())
                  .setPassword(password.toCharArray())
                  .build()));
    }
    assertThat(text.toString()).contains("BEGIN ENCRYPTED PRIVATE KEY");
    return text.toString();
  }

  private static void assertUnusable(ThrowingCallable reading, String... words) {
    assertThatExceptionOfType(TlsFileException.class)
        .isThrownBy(reading)
        .satisfies(e -> assertThat(e.getMessage()).contains(words).doesNotContain("hidden"));
  }
}

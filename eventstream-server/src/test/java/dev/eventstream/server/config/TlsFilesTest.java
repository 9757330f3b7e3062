package dev.eventstream.server.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.testkit.TestCa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults of PEM files that are not valid, reported before the start. */
class TlsFilesTest {
  private static final String SERVER = "EVENTSTREAM_TLS";
  private static final String CLUSTER = "EVENTSTREAM_CLUSTER";

  @TempDir Path directory;
  private TestCa ca;
  private TestCa.Issued issued;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void makeFiles() throws Exception {
    ca = new TestCa("ca");
    issued = ca.issue("us", "localhost");
    issued.writeChain(directory.resolve("good.pem"));
    issued.writeKey(directory.resolve("good.key"));
    ca.issue("other").writeKey(directory.resolve("other.key"));
    Files.write(directory.resolve("der.pem"), issued.chain().get(0).getEncoded());
    Files.write(directory.resolve("der.key"), issued.key().getEncoded());
    Files.writeString(directory.resolve("encrypted.key"), encrypted("hush"));
    Files.createFile(directory.resolve("empty"));
    Files.writeString(directory.resolve("hostname"), "host\n");
    Files.createDirectory(directory.resolve("directory"));
    environment.put("ELASTICSEARCH_URL", "https://localhost:9200");
  }

  private String encrypted(String password) throws Exception {
    byte[] salt = new byte[8];
    new SecureRandom().nextBytes(salt);
    String algorithm = "PBEWithSHA1AndDESede";
    Cipher cipher = Cipher.getInstance(algorithm);
    cipher.init(
        Cipher.ENCRYPT_MODE,
        SecretKeyFactory.getInstance(algorithm)
            .generateSecret(new PBEKeySpec(password.toCharArray())),
        new PBEParameterSpec(salt, 1000));
    byte[] der =
        new EncryptedPrivateKeyInfo(
                cipher.getParameters(), cipher.doFinal(issued.key().getEncoded()))
            .getEncoded();
    return TestCa.pem("ENCRYPTED PRIVATE KEY", der);
  }

  private void set(String name, String file) {
    environment.put(name, directory.resolve(file).toString());
  }

  private SettingSources read() throws InvalidSettingsException {
    SettingSources sources = SettingSources.of(List.of(), environment);
    ServerSettings unused = ServerSettings.of(sources);
    return sources;
  }

  private void assertRefused(String name, String file, String... words) {
    assertThatThrownBy(this::read)
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageStartingWith(name)
        .hasMessageContaining(directory.resolve(file).toString())
        .hasMessageContainingAll(words)
        .hasMessageNotContaining("hush")
        .hasMessageNotContaining("\n"); // one fault, one line
  }

  @ParameterizedTest
  @ValueSource(strings = {SERVER, CLUSTER})
  void filesThatBelongTogetherAreTaken(String prefix) throws Exception {
    set(prefix + "_CERT", "good.pem");
    set(prefix + "_KEY", "good.key");

    assertThat(read().warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          hostname  | has no certificate in it; it must be PEM
          empty     | is empty; it must be PEM
          directory | it is a directory; name a PEM file
          none      | there is no such file; name a PEM file
          der.pem   | is binary, not PEM; it must be PEM, with -----BEGIN CERTIFICATE----- ("openssl x509
          good.key  | has no certificate in it
          """)
  void aCertificateThatIsNoneIsRefusedWithItsSettingItsFileAndTheRemedy(String file, String fault) {
    for (String prefix : List.of(SERVER, CLUSTER)) {
      environment.keySet().removeIf(name -> name.startsWith("EVENTSTREAM"));
      set(prefix + "_CERT", file);
      set(prefix + "_KEY", "good.key");
      assertRefused(prefix + "_CERT", file, fault);
    }
    environment.keySet().removeIf(name -> name.startsWith("EVENTSTREAM"));
    set("EVENTSTREAM_CLUSTER_CA", file);
    assertRefused("EVENTSTREAM_CLUSTER_CA", file, fault);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          hostname      | has no private key in it; it must be PKCS#8 as PEM
          empty         | is empty; it must be PKCS#8 as PEM
          directory     | it is a directory; name a PEM file
          der.key       | is binary, not PEM; it must be PKCS#8 as PEM
          good.pem      | has no private key in it
          other.key     | does not belong to the certificate of CN=us; use the key
          encrypted.key | is encrypted; set its password too; the password is EVENTSTREAM_
          """)
  void aKeyThatCannotBeUsedIsRefusedWithItsSettingItsFileAndTheRemedy(String file, String fault) {
    for (String prefix : List.of(SERVER, CLUSTER)) {
      environment.keySet().removeIf(name -> name.startsWith("EVENTSTREAM"));
      set(prefix + "_CERT", "good.pem");
      set(prefix + "_KEY", file);
      assertRefused(prefix + "_KEY", file, fault);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {SERVER, CLUSTER})
  void aWrongPasswordOfAKeyIsRefusedAndTheRightOneTaken(String prefix) throws Exception {
    set(prefix + "_CERT", "good.pem");
    set(prefix + "_KEY", "encrypted.key");
    environment.put(prefix + "_KEY_PASSWORD", "hush-hush");

    assertRefused(prefix + "_KEY", "encrypted.key", "right password", prefix + "_KEY_PASSWORD");

    environment.put(prefix + "_KEY_PASSWORD", "hush");
    assertThat(read().warnings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {SERVER, CLUSTER})
  void anExpiredCertificateIsAWarningBecauseTheSpoolHasToBeDelivered(String prefix)
      throws Exception {
    TestCa.Issued expired = ca.issueExpired("us", "localhost");
    expired.writeChain(directory.resolve("expired.pem"));
    expired.writeKey(directory.resolve("expired.key"));
    set(prefix + "_CERT", "expired.pem");
    set(prefix + "_KEY", "expired.key");

    assertThat(read().warnings())
        .singleElement()
        .asString()
        .startsWith(prefix + "_CERT is \"" + directory.resolve("expired.pem") + "\"")
        .contains("CN=us expired at ", "; renew it");
  }

  @Test
  void onlyAuthoritiesThatAreAllExpiredAreAWarning() throws Exception {
    byte[] expired = ca.issueExpired("old").chain().get(0).getEncoded();
    Path file = directory.resolve("ca.pem");
    Files.writeString(file, TestCa.pem("CERTIFICATE", expired), UTF_8);
    set("EVENTSTREAM_CLUSTER_CA", "ca.pem");
    assertThat(read().warnings()).singleElement().asString().contains("CLUSTER_CA", "CN=old");

    append(file, TestCa.pem("CERTIFICATE", ca.certificate().getEncoded()));
    assertThat(read().warnings()).isEmpty();
  }

  private static void append(Path file, String text) throws IOException {
    Files.writeString(file, Files.readString(file) + text, UTF_8);
  }
}

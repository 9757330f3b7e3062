package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.testkit.TestCa;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command says beforehand what {@code serve} would refuse. */
class ConfigCommandTest {
  @TempDir Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(Map<String, String> environment) {
    return Commands.run(
        "config",
        List.of(),
        environment,
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8));
  }

  @Test
  void settingsThatCanBeUsedAreShown() {
    assertThat(run(Map.of("EVENTSTREAM_PORT", "9000"))).isZero();
    assertThat(out.toString(UTF_8)).contains("# environment\nport=9000\n");
    assertThat(err.toString(UTF_8)).isEmpty();
  }

  @Test
  void whatIsSetComesFirstWithItsSource() throws Exception {
    String spool = directory.resolve("spool").toString();

    assertThat(run(Map.of("EVENTSTREAM_PORT", "9000", "EVENTSTREAM_SPOOL_DIR", spool))).isZero();

    String text = out.toString(UTF_8);
    assertThat(text)
        .startsWith(
            "# === Set ===\n# environment\nport=9000\n# environment\nspool-dir="
                + spool
                + "\n\n# === Defaults ===\nelasticsearch-url=http://localhost:9200\n")
        .contains("\n\n# === Not set, without a default ===\n# config=\n");
    Properties read = new Properties();
    read.load(new StringReader(text));
    assertThat(read)
        .containsEntry("port", "9000")
        .containsEntry("max-events", "10000")
        .doesNotContainKey("cluster-user");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void aSpoolDirectoryInWhichThereCanBeNoFilesIsRefused() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "");

    for (Path spool : List.of(file, file.resolve("spool"))) {
      err.reset();
      assertThat(run(Map.of("EVENTSTREAM_SPOOL_DIR", spool.toString()))).isEqualTo(2);
      assertThat(err.toString(UTF_8))
          .startsWith("EVENTSTREAM_SPOOL_DIR is \"" + spool + "\"")
          .contains("give a directory that is writable")
          .hasLineCount(1);
    }
  }

  @Test
  void anAddressOfAnotherMachineIsRefused() {
    assertThat(run(Map.of("EVENTSTREAM_ADMIN_HOST", "192.0.2.1"))).isEqualTo(2); // RFC 5737
    assertThat(err.toString(UTF_8))
        .startsWith("cannot listen on 192.0.2.1 (")
        .contains("EVENTSTREAM_ADMIN_HOST")
        .hasLineCount(1);

    assertThat(run(Map.of("EVENTSTREAM_ADMIN_HOST", "192.0.2.1", "EVENTSTREAM_ADMIN_PORT", "off")))
        .isZero();
  }

  @Test
  void filesThatAreNoCertificateAndNoKeyAreRefused() throws Exception {
    String file = Files.writeString(directory.resolve("hostname"), "host\n").toString();

    assertThat(run(Map.of("EVENTSTREAM_TLS_CERT", file, "EVENTSTREAM_TLS_KEY", file))).isEqualTo(2);
    assertThat(err.toString(UTF_8))
        .isEqualTo(
            "EVENTSTREAM_TLS_CERT: "
                + file
                + " has no certificate in it; it must be PEM, with -----BEGIN CERTIFICATE-----"
                + " (\"openssl x509 -inform der\" converts DER, \"openssl pkcs12 -nokeys\" converts"
                + " PKCS#12)\n");
  }

  @Test
  void anExpiredCertificateIsAWarning() throws Exception {
    TestCa.Issued expired = new TestCa("ca").issueExpired("us");
    String certificate = expired.writeChain(directory.resolve("c.pem")).toString();
    String key = expired.writeKey(directory.resolve("k.pem")).toString();

    assertThat(run(Map.of("EVENTSTREAM_TLS_CERT", certificate, "EVENTSTREAM_TLS_KEY", key)))
        .isZero();
    assertThat(err.toString(UTF_8)).startsWith("warning: EVENTSTREAM_TLS_CERT is ");
  }

  @Test
  void whatOnlyTheSinkRefusesIsRefused() throws Exception {
    Path ca = new TestCa("ca").write(directory.resolve("ca.pem"));

    assertThat(run(Map.of("EVENTSTREAM_CLUSTER_CA", ca.toString()))).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("settings for TLS", "write https://");
  }

  @Test
  void anIdTableThatCannotBeReadIsRefused() throws Exception {
    Files.writeString(directory.resolve("click.json"), "{");

    assertThat(run(Map.of("EVENTSTREAM_ID_DIR", directory.toString()))).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("click.json cannot be used");
  }

  @Test
  void aHostThatIsUnknownIsRefused() {
    assertThat(run(Map.of("EVENTSTREAM_HOST", "no-such-host.invalid"))).isEqualTo(2);
    assertThat(err.toString(UTF_8)).startsWith("EVENTSTREAM_HOST is \"no-such-host.invalid\"");
  }
}

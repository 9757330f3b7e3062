package dev.eventstream.es;

import static dev.eventstream.es.Writes.failure;
import static dev.eventstream.es.Writes.sink;
import static dev.eventstream.es.Writes.write;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.testkit.Logged;
import dev.eventstream.testkit.TestCa;
import dev.eventstream.testkit.TestCa.Issued;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verification of the cluster and client certificates, with real handshakes. */
class SinkTlsTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static TestCa ca;
  private static TestCa otherCa;
  private static Issued server;

  @TempDir Path directory;

  @BeforeAll
  static void makeCertificates() throws Exception {
    ca = new TestCa("the cluster's CA");
    otherCa = new TestCa("another CA");
    server = ca.issue("cluster", "127.0.0.1", "localhost");
  }

  @Test
  void aServerOfTheRightAuthorityIsTrusted() throws Exception {
    try (StandInCluster cluster = StandInCluster.https(server.server(ca));
        ElasticsearchSink sink = trusting(cluster.url(), ca)) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);
    }
  }

  @Test
  void theFileMayHoldSeveralAuthorities() throws Exception {
    Path file = otherCa.write(directory.resolve("cas.pem"));
    String first = Files.readString(file);
    ca.write(file);
    Files.writeString(file, "the old one\n" + first + "the new one\n" + Files.readString(file));
    try (StandInCluster cluster = StandInCluster.https(server.server(ca));
        ElasticsearchSink sink = sink(cluster.url()).certificateAuthorities(file).build()) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);
    }
  }

  @Test
  void aServerOfAnotherAuthorityIsRefusedWithTheRemedy() throws Exception {
    assertRefused(
        server,
        builder -> builder.certificateAuthorities(fileOf(otherCa)),
        "no CA that is trusted here has signed its certificate",
        "fingerprint");
  }

  @Test
  void withoutAnyAuthorityThoseOfTheJvmAreTrusted() throws Exception {
    assertRefused(server, builder -> {}, "no CA that is trusted here");
  }

  @Test
  void aServerWithAnotherHostNameIsRefusedWithTheRemedy() throws Exception {
    assertRefused(
        ca.issue("cluster", "elsewhere.example.com"),
        builder -> builder.certificateAuthorities(fileOf(ca)),
        "its certificate is for other host names");
  }

  @Test
  void hostNamesAreNotLookedAtWhenThatIsWanted() throws Exception {
    Issued elsewhere = ca.issue("cluster", "elsewhere.example.com");
    try (StandInCluster cluster = StandInCluster.https(elsewhere.server(ca));
        ElasticsearchSink sink =
            sink(cluster.url())
                .certificateAuthorities(fileOf(ca))
                .hostNameVerification(false)
                .build()) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);
    }
  }

  @Test
  void withoutHostNamesTheAuthorityStillCounts() throws Exception {
    assertRefused(
        server,
        builder -> builder.certificateAuthorities(fileOf(otherCa)).hostNameVerification(false),
        "no CA that is trusted here");
  }

  @Test
  void anExpiredCertificateIsRefusedWithTheRemedy() throws Exception {
    assertRefused(
        ca.issueExpired("cluster", "127.0.0.1"),
        builder -> builder.certificateAuthorities(fileOf(ca)),
        "not valid at this time");
  }

  @Test
  void aServerWithTheFingerprintIsTrusted() throws Exception {
    String fingerprint = TestCa.fingerprint(server.chain().get(0)).toUpperCase(Locale.ROOT);
    try (StandInCluster cluster = StandInCluster.https(server.server(ca));
        ElasticsearchSink sink =
            sink(cluster.url())
                .certificateFingerprint(fingerprint.replaceAll("..(?!$)", "$0:"))
                .build()) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);
    }
  }

  @Test
  void aServerWhoseAuthorityHasTheFingerprintIsTrusted() throws Exception {
    try (StandInCluster cluster = StandInCluster.https(server.server(ca));
        ElasticsearchSink sink =
            sink(cluster.url())
                .certificateFingerprint(TestCa.fingerprint(ca.certificate()))
                .build()) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);
    }
  }

  @Test
  void anotherFingerprintIsRefusedWithThoseThatWerePresented() throws Exception {
    String presented = TestCa.fingerprint(server.chain().get(0)).toUpperCase(Locale.ROOT);
    assertRefused(
        server,
        builder -> builder.certificateFingerprint(TestCa.fingerprint(otherCa.certificate())),
        "no certificate that the server presents has the fingerprint",
        presented.replaceAll("..(?!$)", "$0:"));
  }

  @Test
  void anAuthorityThatIsOnlyAppendedToAChainProvesNothing() throws Exception {
    Issued own = otherCa.issue("impostor", "127.0.0.1");
    Issued impostor = new Issued(own.key(), List.of(own.chain().get(0), ca.certificate()));
    assertRefused(
        impostor,
        builder -> builder.certificateFingerprint(TestCa.fingerprint(ca.certificate())),
        "cannot reach");
  }

  @Test
  void aFingerprintDoesNotExcuseAnotherHostName() throws Exception {
    Issued elsewhere = ca.issue("cluster", "elsewhere.example.com");
    for (X509Certificate certificate : elsewhere.chain()) {
      assertRefused(
          elsewhere,
          builder -> builder.certificateFingerprint(TestCa.fingerprint(certificate)),
          "its certificate is for other host names");
    }
  }

  @Test
  void aClientCertificateIsGivenWhenItIsWanted() throws Exception {
    Issued client = ca.issue("client");
    try (StandInCluster cluster = StandInCluster.https(server.server(ca), 0, true);
        ElasticsearchSink sink =
            sink(cluster.url())
                .certificateAuthorities(fileOf(ca))
                .clientCertificate(
                    client.writeChain(directory.resolve("client.pem")),
                    client.writeKey(directory.resolve("client.key")))
                .build()) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);
    }
  }

  @Test
  void aClientCertificateThatIsMissingIsARetryWithTheRemedy() throws Exception {
    try (SSLServerSocket cluster =
            (SSLServerSocket)
                server
                    .server(ca)
                    .getServerSocketFactory()
                    .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        ElasticsearchSink sink =
            trusting(URI.create("https://127.0.0.1:" + cluster.getLocalPort()), ca)) {
      // With TLS 1.3 the server sends the alert after the handshake, and a reset may overtake it.
      cluster.setEnabledProtocols(new String[] {"TLSv1.2"});
      cluster.setNeedClientAuth(true);
      CompletableFuture<Void> refused =
          CompletableFuture.runAsync(
              () -> {
                try (SSLSocket client = (SSLSocket) cluster.accept()) {
                  assertThatThrownBy(client::startHandshake).isInstanceOf(SSLException.class);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });

      ItemResult.Failed failed = failure(sink);

      assertThat(failed.failureClass()).isEqualTo(FailureClass.RETRY);
      assertThat(failed.reason()).contains("it wants a client certificate");
      refused.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void aServerThatBreaksOffTheHandshakeIsARetryWithWhatMayBeTheReason() throws Exception {
    // This server requires a client certificate too, but closes the connection without an alert.
    try (StandInCluster cluster = StandInCluster.https(server.server(ca), 0, true, "TLSv1.2");
        ElasticsearchSink sink = trusting(cluster.url(), ca)) {
      // A reset may arrive before the client reports a failed handshake.
      assertThat(failure(sink).reason())
          .containsAnyOf("broke off the TLS handshake", "Connection reset");
    }
  }

  @Test
  void aServerWithoutTlsIsNamedAsSuch() throws Exception {
    try (ServerSocket plain = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        ElasticsearchSink sink =
            trusting(URI.create("https://127.0.0.1:" + plain.getLocalPort()), ca)) {
      CompletableFuture<Void> answered =
          CompletableFuture.runAsync(
              () -> {
                try (Socket client = plain.accept()) {
                  assertThat(client.getInputStream().read()).isNotNegative();
                  client.getOutputStream().write("HTTP/1.1 400 What?\r\n\r\n".getBytes(UTF_8));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });

      assertThat(failure(sink).reason()).contains("it does not speak TLS", "http://");
      answered.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void aNewAuthorityIsUsedWithoutARestart() throws Exception {
    Path file = fileOf(ca);
    try (StandInCluster first = StandInCluster.https(server.server(ca));
        ElasticsearchSink sink = sink(first.url()).certificateAuthorities(file).build()) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);
      first.close();
      Issued renewed = otherCa.issue("cluster", "127.0.0.1");
      try (StandInCluster second =
          StandInCluster.https(renewed.server(otherCa), first.port(), false)) {
        assertThat(write(sink)).isInstanceOf(ItemResult.Failed.class);

        otherCa.write(file);

        await().atMost(SOON).until(() -> write(sink) == ItemResult.WRITTEN);
        assertThat(second.bulks()).isNotEmpty();
      }
    }
  }

  @Test
  void aNewContextOfTheApplicationIsUsedWithoutARestart() throws Exception {
    AtomicReference<SSLContext> context = new AtomicReference<>(otherCa.client());
    try (StandInCluster cluster = StandInCluster.https(server.server(ca));
        ElasticsearchSink sink = sink(cluster.url()).sslContext(context::get).build()) {
      assertThat(failure(sink).reason()).contains("no CA that is trusted here");

      context.set(ca.client());

      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);
    }
  }

  @Test
  void aContextOfTheApplicationDoesNotExcuseAnotherHostName() throws Exception {
    SSLContext context = ca.client();
    assertRefused(
        ca.issue("cluster", "elsewhere.example.com"),
        builder -> builder.sslContext(() -> context),
        "its certificate is for other host names");
  }

  @Test
  void aContextOfTheApplicationAndFilesAreRefused() throws Exception {
    SSLContext context = ca.client();
    Path file = fileOf(ca);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> https().sslContext(() -> context).certificateAuthorities(file).build())
        .withMessageContaining("leave one of them out");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sink(URI.create("http://localhost")).sslContext(() -> context).build())
        .withMessageContaining("write https://");
  }

  @Test
  void aNewClientCertificateIsUsedWithoutARestartAndABrokenOneChangesNothing() throws Exception {
    Path chain = directory.resolve("client.pem");
    Path key = directory.resolve("client.key");
    Issued old = otherCa.issue("client");
    old.writeChain(chain);
    old.writeKey(key);
    try (Logged log = new Logged();
        StandInCluster cluster = StandInCluster.https(server.server(ca), 0, true);
        ElasticsearchSink sink =
            sink(cluster.url())
                .certificateAuthorities(fileOf(ca))
                .clientCertificate(chain, key)
                .build()) {
      assertThat(write(sink)).isInstanceOf(ItemResult.Failed.class);

      Issued renewed = ca.issue("client");
      renewed.writeChain(chain); // the key follows later, as it may when files are replaced
      await()
          .atMost(SOON)
          .until(
              () ->
                  write(sink) instanceof ItemResult.Failed
                      && log.lines().stream().anyMatch(line -> line.contains("does not belong")));
      renewed.writeKey(key);

      await().atMost(SOON).until(() -> write(sink) == ItemResult.WRITTEN);
      assertThat(log.lines())
          .filteredOn(line -> line.contains("client.key") && line.startsWith("WARN"))
          .hasSize(1);
    }
  }

  @Test
  void filesThatCannotBeUsedShowAtTheStart() throws Exception {
    Path empty = Files.writeString(directory.resolve("empty.pem"), "");
    Path missing = directory.resolve("missing.pem");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> https().certificateAuthorities(missing).build())
        .withMessageContainingAll(missing.toString(), "cannot be read");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> https().certificateAuthorities(empty).build())
        .withMessageContainingAll(empty.toString(), "is empty");
  }

  @Test
  void settingsThatContradictEachOtherAreRefused() throws Exception {
    String fingerprint = TestCa.fingerprint(ca.certificate());
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                https()
                    .certificateAuthorities(fileOf(ca))
                    .certificateFingerprint(fingerprint)
                    .build())
        .withMessageContaining("leave one of them out");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                sink(URI.create("http://localhost:9200"))
                    .certificateFingerprint(fingerprint)
                    .build())
        .withMessageContaining("write https://");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> https().certificateFingerprint("AB:CD"))
        .withMessageContainingAll("AB:CD", "64 hexadecimal digits");
  }

  private static ElasticsearchSinkBuilder https() {
    return sink(URI.create("https://localhost:9200"));
  }

  private ElasticsearchSink trusting(URI url, TestCa authority) throws Exception {
    return sink(url).certificateAuthorities(fileOf(authority)).build();
  }

  private Path fileOf(TestCa authority) throws Exception {
    return authority.write(directory.resolve("ca.pem"));
  }

  private interface Settings {
    void on(ElasticsearchSinkBuilder builder) throws Exception;
  }

  private static void assertRefused(Issued server, Settings settings, String... words)
      throws Exception {
    try (StandInCluster cluster = StandInCluster.https(server.server(ca))) {
      ElasticsearchSinkBuilder builder = sink(cluster.url());
      settings.on(builder);
      try (ElasticsearchSink sink = builder.build()) {
        ItemResult.Failed failed = failure(sink);

        assertThat(failed.failureClass()).isEqualTo(FailureClass.RETRY);
        assertThat(failed.reason()).contains(words);
        assertThat(cluster.asked).isEmpty();
      }
    }
  }
}

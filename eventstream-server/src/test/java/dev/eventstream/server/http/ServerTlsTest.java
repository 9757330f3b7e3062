package dev.eventstream.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.HttpOptions;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.testkit.TestCa;
import dev.eventstream.tls.TlsSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTPS with a certificate from PEM files. */
class ServerTlsTest {
  @TempDir Path directory;
  private TestCa ca;
  private Path certificate;
  private Path key;

  @BeforeEach
  void makeCertificate() throws Exception {
    ca = new TestCa("ca");
    certificate = directory.resolve("server.pem");
    key = directory.resolve("server.key");
    install(ca.issue("first", "localhost"));
  }

  private void install(TestCa.Issued issued) throws Exception {
    issued.writeKey(key);
    issued.writeChain(certificate);
  }

  private TestServer start() throws Exception {
    TlsSettings tls =
        new TlsSettings(null, null, new TlsSettings.Identity(certificate, key, null), true);
    return TestServer.start(HttpOptions.open("127.0.0.1", 0).withTls(tls));
  }

  /** Over a connection of its own. */
  private HttpResponse<String> publish(TestServer server) throws Exception {
    return publish(server, HttpClient.Version.HTTP_2);
  }

  private HttpResponse<String> publish(TestServer server, HttpClient.Version version)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + "/v1/events"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(TestServer.CLICK))
            .build();
    return HttpClient.newBuilder()
        .version(version)
        .sslContext(ca.client())
        .build()
        .send(request, BodyHandlers.ofString());
  }

  private static String subject(HttpResponse<String> response) throws Exception {
    X509Certificate shown =
        (X509Certificate) response.sslSession().orElseThrow().getPeerCertificates()[0];
    return shown.getSubjectX500Principal().getName();
  }

  @Test
  void takesEventsOverTls() throws Exception {
    try (TestServer server = start()) {
      HttpResponse<String> answer = publish(server);

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.sslSession().orElseThrow().getProtocol()).isEqualTo("TLSv1.3");
      assertThat(server.sink.written()).hasSize(1);
    }
  }

  @Test
  void leavesItToTheClientWhetherItSpeaksHttp2() throws Exception {
    try (TestServer server = start()) {
      for (HttpClient.Version version :
          List.of(HttpClient.Version.HTTP_1_1, HttpClient.Version.HTTP_2)) {
        HttpResponse<String> answer = publish(server, version);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.version()).isEqualTo(version);
      }
    }
  }

  @Test
  void showsNewConnectionsTheCertificateThatIsThereNow() throws Exception {
    try (TestServer server = start()) {
      assertThat(subject(publish(server))).isEqualTo("CN=first");

      install(ca.issue("second", "localhost"));

      await().until(() -> subject(publish(server)).equals("CN=second"));
    }
  }

  @Test
  void doesNotSpeakWithoutTls() throws Exception {
    try (TestServer server = start()) {
      assertThatThrownBy(() -> server.get("/livez")).isInstanceOf(IOException.class);
      assertThat(publish(server).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void doesNotStartWithAKeyThatCannotBeUsed() throws Exception {
    Files.writeString(key, "none");

    assertThatThrownBy(this::start)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(key.toString());
  }
}

package dev.eventstream.server.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.testkit.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings of the connection to the cluster, as the cluster sees them. */
class ClusterSettingsTest {
  @TempDir Path directory;

  /** What a request had, of what the settings are about. */
  private record Seen(String authorization, String tenant) {}

  @Test
  void loginCertificatesAndHeadersReachTheClusterAndNothingShowsThem() throws Exception {
    TestCa ca = new TestCa("ca");
    TestCa.Issued client = ca.issue("client");
    Path password = Files.writeString(directory.resolve("password"), "first-hush\n");
    Queue<Seen> seen = new ConcurrentLinkedQueue<>();
    HttpsServer cluster = cluster(ca.issue("cluster", "127.0.0.1").server(ca), seen);
    try {
      Map<String, String> environment =
          Map.of(
              "ELASTICSEARCH_URL", "https://127.0.0.1:" + cluster.getAddress().getPort(),
              "EVENTSTREAM_CLUSTER_USER", "eventstream",
              "EVENTSTREAM_CLUSTER_PASSWORD_FILE", password.toString(),
              "EVENTSTREAM_CLUSTER_CA", ca.write(directory.resolve("ca.pem")).toString(),
              "EVENTSTREAM_CLUSTER_CERT", client.writeChain(directory.resolve("c.pem")).toString(),
              "EVENTSTREAM_CLUSTER_KEY", client.writeKey(directory.resolve("k.pem")).toString(),
              "EVENTSTREAM_CLUSTER_HEADERS", "X-Tenant: shop-hush\nX-Other: 1");

      SettingSources sources = SettingSources.of(List.of(), environment);
      assertThat(sources.effective()).contains("cluster-headers=***").doesNotContain("hush");
      ServerSettings settings = ServerSettings.of(sources);
      assertThat(settings.toString()).doesNotContain("hush");
      try (ElasticsearchSink sink = settings.cluster().sink().build()) {
        sink.check().toCompletableFuture().join();
        assertThat(seen).containsExactly(new Seen(basic("first-hush"), "shop-hush"));

        Files.writeString(password, "second-hush");
        await()
            .untilAsserted(
                () -> {
                  sink.check().toCompletableFuture().join();
                  assertThat(seen).contains(new Seen(basic("second-hush"), "shop-hush"));
                });
      }
    } finally {
      cluster.stop(0);
    }
  }

  private static String basic(String password) {
    String login = "eventstream:" + password;
    return "Basic " + Base64.getEncoder().encodeToString(login.getBytes(UTF_8));
  }

  private static HttpsServer cluster(SSLContext tls, Queue<Seen> seen) throws IOException {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(tls) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters wanted = tls.getDefaultSSLParameters();
            wanted.setNeedClientAuth(true);
            parameters.setSSLParameters(wanted);
          }
        });
    server.createContext("/", exchange -> answer(exchange, seen));
    server.start();
    return server;
  }

  private static void answer(HttpExchange exchange, Queue<Seen> seen) throws IOException {
    seen.add(
        new Seen(
            String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
            String.valueOf(exchange.getRequestHeaders().getFirst("X-Tenant"))));
    byte[] body =
        """
        {"status":"green","version":{"number":"2.19.6","distribution":"opensearch"}}
        """
            .getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          CLUSTER_USER=me                            | CLUSTER_USER has no effect without EVENTSTREAM_CLUSTER_PASSWORD
          CLUSTER_PASSWORD=hush                      | CLUSTER_PASSWORD has no effect without EVENTSTREAM_CLUSTER_USER
          CLUSTER_PROXY_USER=me                      | CLUSTER_PROXY_USER has no effect without EVENTSTREAM_CLUSTER_PROXY;
          CLUSTER_KEY_PASSWORD=hush                  | CLUSTER_KEY_PASSWORD has no effect without EVENTSTREAM_CLUSTER_KEY
          TLS_KEY_PASSWORD=hush                      | TLS_KEY_PASSWORD has no effect without EVENTSTREAM_TLS_KEY
          CLUSTER_API_KEY=hush,CLUSTER_TOKEN=hush    | CLUSTER_API_KEY and EVENTSTREAM_CLUSTER_TOKEN are both set
          CLUSTER_SNIFF=10s                          | CLUSTER_SNIFF must be longer than EVENTSTREAM_CLUSTER_REQUEST_TIMEOUT, which is 10000ms
          CLUSTER_HEADERS=hush                       | CLUSTER_HEADERS: write one header per line
          CLUSTER_HEADERS=X-Tenant=hush:x            | CLUSTER_HEADERS: write one header per line
          CLUSTER_HEADERS=Authorization hush:x       | CLUSTER_HEADERS: write one header per line
          CLUSTER_HEADERS=Authorization:hush         | Authorization
          """)
  void saysWhatDoesNotGoTogether(String given, String fault) {
    Map<String, String> environment = new HashMap<>();
    for (String setting : List.of(given.split(",", -1))) {
      int equals = setting.indexOf('=');
      environment.put("EVENTSTREAM_" + setting.substring(0, equals), setting.substring(equals + 1));
    }

    assertThatThrownBy(() -> ServerSettings.fromEnvironment(environment))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining(fault)
        .hasMessageNotContaining("hush");
  }

  @Test
  void takesAUserOnlyOnce() {
    assertThatThrownBy(
            () ->
                ServerSettings.fromEnvironment(
                    Map.of(
                        "ELASTICSEARCH_URL", "http://me:hush@localhost:9200",
                        "EVENTSTREAM_CLUSTER_TOKEN", "hush")))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("ELASTICSEARCH_URL holds a user as well")
        .hasMessageNotContaining("hush");
  }

  @ParameterizedTest
  @CsvSource({"proxy.example:3128, proxy.example, 3128", "[::1]:80, ::1, 80"})
  void readsAHostAndAPort(String text, String host, int port) {
    assertThat(HostAndPort.parse(text)).isEqualTo(new HostAndPort(host, port));
  }
}

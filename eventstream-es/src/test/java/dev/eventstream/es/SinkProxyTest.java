package dev.eventstream.es;

import static dev.eventstream.es.Writes.failure;
import static dev.eventstream.es.Writes.sink;
import static dev.eventstream.es.Writes.write;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.testkit.TestCa;
import java.net.URI;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Connections through an HTTP proxy. */
class SinkProxyTest {
  private static final URI ELSEWHERE = URI.create("http://cluster.invalid:9200");
  private static final String SECRET = "c2VjcmV0";

  @TempDir Path directory;

  @Test
  void theProxyIsAskedForTheNode() throws Exception {
    try (StandInCluster proxy = StandInCluster.http();
        ElasticsearchSink sink = sink(ELSEWHERE).proxy("127.0.0.1", proxy.port()).build()) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);

      assertThat(proxy.bulks()).hasSize(1);
      assertThat(proxy.bulks().get(0).uri().toString())
          .startsWith("http://cluster.invalid:9200/_bulk?");
      assertThat(proxy.bulks().get(0).header("Host")).isEqualTo("cluster.invalid:9200");
      assertThat(sink.toString()).contains("through the proxy 127.0.0.1:" + proxy.port());
    }
  }

  @Test
  void theProxyIsToldWhoWeAreWithEveryRequestItReads() throws Exception {
    AtomicReference<String> password = new AtomicReference<>("first");
    try (StandInCluster proxy = StandInCluster.http();
        ElasticsearchSink sink =
            sink(ELSEWHERE)
                .credentials(Credentials.bearer(() -> "token"))
                .proxy("127.0.0.1", proxy.port())
                .proxyCredentials("user", password::get)
                .build()) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);
      password.set("second");
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);

      assertThat(proxy.bulks())
          .extracting(request -> request.header("Proxy-Authorization"))
          .containsExactly(basic("user:first"), basic("user:second"));
      assertThat(proxy.asked).allMatch(r -> r.header("Authorization").equals("Bearer token"));
    }
  }

  @Test
  void secureNodesAreReachedThroughATunnelThatTheProxyCannotLookInto() throws Exception {
    TestCa ca = new TestCa("ca");
    try (StandInCluster cluster =
            StandInCluster.https(ca.issue("cluster", "localhost").server(ca));
        TunnelProxy proxy = new TunnelProxy(basic("user:" + SECRET));
        ElasticsearchSink sink =
            sink(cluster.url("https", "localhost"))
                .certificateAuthorities(ca.write(directory.resolve("ca.pem")))
                .credentials(Credentials.bearer(() -> "token"))
                .proxy("127.0.0.1", proxy.port())
                .proxyCredentials("user", () -> SECRET)
                .build()) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);

      assertThat(proxy.heads)
          .isNotEmpty()
          .allMatch(head -> head.startsWith("CONNECT localhost:" + cluster.port() + " HTTP/1.1"))
          .noneMatch(head -> head.contains("\r\nAuthorization"));
      assertThat(cluster.asked)
          .hasSize(2)
          .allMatch(request -> request.header("Proxy-Authorization") == null)
          .allMatch(request -> request.header("Authorization").equals("Bearer token"));
    }
  }

  @Test
  void aProxyThatDoesNotBelieveUsBlocksAndIsNamed() throws Exception {
    TestCa ca = new TestCa("ca");
    try (StandInCluster cluster =
            StandInCluster.https(ca.issue("cluster", "localhost").server(ca));
        TunnelProxy proxy = new TunnelProxy("Basic other");
        ElasticsearchSink sink =
            sink(cluster.url("https", "localhost"))
                .certificateAuthorities(ca.write(directory.resolve("ca.pem")))
                .proxy("127.0.0.1", proxy.port())
                .proxyCredentials("user", () -> SECRET)
                .build()) {
      ItemResult.Failed failed = failure(sink);

      assertThat(failed.failureClass()).isEqualTo(FailureClass.BLOCKED);
      assertThat(failed.reason())
          .contains("407", "the proxy wants credentials", "proxy 127.0.0.1:" + proxy.port())
          .doesNotContain(SECRET);
      assertThat(cluster.asked).isEmpty();
    }
  }

  @Test
  void credentialsForAProxyThatIsNotThereAreAMistake() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sink(ELSEWHERE).proxyCredentials("user", () -> SECRET).build())
        .withMessageContaining("no proxy");
  }

  @ParameterizedTest
  @CsvSource({"proxy, 0, port", "proxy, 65536, port", "'', 1, host", "http://proxy, 1, host"})
  void aProxyThatCannotBeRightIsRefused(String host, int port, String word) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sink(ELSEWHERE).proxy(host, port))
        .withMessageContaining("the proxy's " + word);
  }

  private static String basic(String pair) {
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8));
  }
}

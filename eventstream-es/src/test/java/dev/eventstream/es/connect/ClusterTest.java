package dev.eventstream.es.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.tls.TlsSettings;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.apache.hc.core5.http.HttpHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterTest {
  private static final TlsSettings NO_TLS = new TlsSettings(null, null, null, true);

  private final NodeAddresses addresses =
      new NodeAddresses(
          name -> new InetAddress[] {InetAddress.getLoopbackAddress()}, Duration.ofMinutes(1));

  private static ConnectionSettings settings(HttpHost proxy, String... urls) {
    return new ConnectionSettings(
        new ClusterUrls(List.of(urls).stream().map(URI::create).toList()),
        null,
        NO_TLS,
        null,
        proxy,
        null,
        List.of(),
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        Duration.ZERO);
  }

  /** On a container platform nodes have new addresses after each restart. */
  @Test
  void keepsTheAddressesOfTheNodesInUseOnly() throws Exception {
    HttpHost proxy = new HttpHost("http", "proxy", 8080);
    try (Cluster cluster = new Cluster(settings(proxy, "http://seed:9200"), addresses)) {
      for (String host : List.of("proxy", "seed", "node1", "node2", "node3", "node4")) {
        addresses.resolve(host);
        if (host.startsWith("node")) {
          cluster.connectTo(List.of(URI.create("http://" + host + ":9200")));
        }
      }

      assertThat(addresses.names()).containsExactlyInAnyOrder("proxy", "seed", "node3", "node4");
      assertThat(cluster.nodes()).containsExactly(URI.create("http://node4:9200"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://user:c2VjcmV0@one:9200", "http://u%40:c2VjcmV0@one:9200"})
  void itsNameContainsNoCredentials(String url) {
    try (Cluster cluster = new Cluster(settings(null, url), addresses)) {
      assertThat(cluster.name()).isEqualTo("[http://one:9200]");
    }
  }
}

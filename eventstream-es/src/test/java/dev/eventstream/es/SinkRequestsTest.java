package dev.eventstream.es;

import static dev.eventstream.es.Writes.sink;
import static dev.eventstream.es.Writes.write;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.eventstream.es.StandInCluster.Asked;
import dev.eventstream.spi.ItemResult;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The sink's requests on the wire. */
class SinkRequestsTest {

  @Test
  void bodiesAreSentAsTheyAreByDefault() throws Exception {
    try (StandInCluster cluster = StandInCluster.http();
        ElasticsearchSink sink = sink(cluster.url()).build()) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);

      Asked bulk = cluster.bulks().get(0);
      assertThat(bulk.header("Content-Encoding")).isNull();
      assertThat(bulk.header("Accept-Encoding")).isNull(); // the answer is short
      assertThat(bulk.header("Authorization")).isNull();
      assertThat(bulk.header("Content-Type")).startsWith("application/x-ndjson");
      assertThat(new String(bulk.body(), UTF_8)).contains("{\"a\":1}\n");
    }
  }

  @Test
  void bodiesArePackedWhenWanted() throws Exception {
    try (StandInCluster cluster = StandInCluster.http();
        ElasticsearchSink sink = sink(cluster.url()).compressRequests(true).build()) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);

      Asked bulk = cluster.bulks().get(0);
      assertThat(bulk.headers().get("Content-Encoding")).containsExactly("gzip");
      assertThat(bulk.header("Content-Length")).isEqualTo(String.valueOf(bulk.body().length));
      byte[] unpacked = new GZIPInputStream(new ByteArrayInputStream(bulk.body())).readAllBytes();
      assertThat(new String(unpacked, UTF_8)).contains("{\"a\":1}\n");
    }
  }

  @Test
  void ownHeadersAreInEveryRequest() throws Exception {
    try (StandInCluster cluster = StandInCluster.http();
        ElasticsearchSink sink =
            sink(cluster.url())
                .credentials(Credentials.bearer(() -> "token"))
                .headers(Map.of("X-Tenant", "a b", "X-Empty", ""))
                .build()) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);

      assertThat(cluster.asked)
          .hasSize(2)
          .allSatisfy(
              request -> {
                assertThat(request.headers().get("X-Tenant")).containsExactly("a b");
                assertThat(request.headers().get("X-Empty")).containsExactly("");
                assertThat(request.headers().get("Authorization")).containsExactly("Bearer token");
              });
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Authorization, credentials",
    "proxy-authorization, proxyCredentials",
    "CONTENT-TYPE, leave it out",
    "Content-Length, leave it out",
    "Content-Encoding, leave it out",
    "host, leave it out",
    "Transfer-Encoding, leave it out",
    "X Y, name",
    "'', name",
    "'X:', name"
  })
  void aHeaderThatIsNotTheUsersToSetIsRefused(String name, String remedy) {
    ElasticsearchSinkBuilder builder = sink(URI.create("http://localhost:9200"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.headers(Map.of(name, "hidden")))
        .withMessageContainingAll("\"" + name + "\"", remedy)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hidden"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"hidden\r\nX: y", "hidden\n", " hidden", "hidden ", "hiddenä", "hid\tden"})
  void aHeaderValueThatHttpCannotCarryIsRefusedWithoutShowingIt(String value) {
    ElasticsearchSinkBuilder builder = sink(URI.create("http://localhost:9200"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.headers(Map.of("X-Key", value)))
        .withMessageContainingAll("\"X-Key\"", "remove it")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hid"));
  }
}

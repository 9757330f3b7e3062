package dev.eventstream.es;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.testkit.RealCluster;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sink that finds the other nodes of a cluster through the configured one. */
@Tag("slow")
class SinkSniffingIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final AtomicInteger number = new AtomicInteger();

  private static ElasticsearchSinkBuilder sink(URI node) {
    return ElasticsearchSink.builder(List.of(node))
        .requestTimeout(Duration.ofMillis(900))
        .connectTimeout(Duration.ofMillis(500));
  }

  private boolean writes(ElasticsearchSink sink) {
    Document document =
        new Document("sniffed", "d" + number.incrementAndGet(), null, "{}".getBytes(UTF_8));
    SinkResult result = sink.write(DocumentBatch.of(document)).toCompletableFuture().join();
    return result.get(0) == ItemResult.WRITTEN;
  }

  @ParameterizedTest
  @ValueSource(strings = {"opensearch:2.19.6", "elasticsearch:6.5.4"})
  void writesToTheOtherNodesWhenTheOnlyOneThatWasNamedIsGone(String engine) {
    try (RealCluster cluster = RealCluster.start(engine)) {
      int named = cluster.dataNodeOtherThanManager();
      URI url = cluster.urls().get(named);
      ElasticsearchSinkBuilder builder = sink(url).sniffInterval(Duration.ofSeconds(1));
      try (ElasticsearchSink sniffing = builder.build();
          ElasticsearchSink faithful = sink(url).build()) {
        builder.proxy("127.0.0.1", 1); // must not affect the sink built before
        await().atMost(PATIENCE).until(() -> writes(sniffing) && writes(faithful));
        await().atMost(PATIENCE).until(() -> writes(sniffing) && sniffing.nodes().size() == 3);

        cluster.awaitGreen(); // the index must not have its only copy on the node that is killed
        cluster.kill(named);

        await().atMost(PATIENCE).until(() -> writes(sniffing) && sniffing.nodes().size() == 2);
        assertThat(writes(faithful)).isFalse();
      }
    }
  }

  @Test
  void asksNotMoreOftenThanARequestMayTake() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                sink(URI.create("http://localhost:9200"))
                    .requestTimeout(Duration.ofSeconds(10))
                    .sniffInterval(Duration.ofSeconds(10))
                    .build())
        .withMessageContaining("must be longer than the requestTimeout of 10000 ms");
  }
}

package dev.eventstream.es.connect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.tls.TlsSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opensearch.client.opensearch.generic.Request;

class NodeSnifferTest {
  private static final URI SEED = URI.create("http://seed:9200");
  private static final URI ONE = URI.create("http://10.0.0.1:9200");
  private static final URI TWO = URI.create("http://10.0.0.2:9200");
  private static final ConnectionSettings SETTINGS =
      new ConnectionSettings(
          new ClusterUrls(List.of(SEED)),
          null,
          new TlsSettings(null, null, null, true),
          null,
          null,
          null,
          List.of(),
          Duration.ofMillis(1),
          Duration.ofMillis(1),
          Duration.ofMillis(2));

  private final List<List<URI>> found = new CopyOnWriteArrayList<>();
  private volatile CompletableFuture<Answer> answer;
  private NodeSniffer sniffer;

  private CompletableFuture<Answer> answer(Request request) {
    return answer;
  }

  private List<URI> current() {
    return found.isEmpty() ? List.of(SEED) : found.get(found.size() - 1);
  }

  @BeforeEach
  void create() {
    sniffer = new NodeSniffer(SETTINGS, this::answer, this::current, found::add);
  }

  private List<URI> sniff(CompletableFuture<Answer> newAnswer) {
    answer = newAnswer;
    int before = found.size();
    await()
        .until(
            () -> {
              sniffer.sniffIfDue();
              return found.size() > before;
            });
    return found.get(found.size() - 1);
  }

  private static CompletableFuture<Answer> answering(int status, String body) {
    return CompletableFuture.completedFuture(
        new Answer(status, new ByteArrayInputStream(body.getBytes(UTF_8))));
  }

  private static CompletableFuture<Answer> nodes() {
    return answering(
        200,
        """
        {"nodes": {
          "a": {"http": {"publish_address": "10.0.0.1:9200"}},
          "b": {"http": {"publish_address": "10.0.0.2:9200"}}}}
        """);
  }

  @Test
  void reportsTheNodesOfTheCluster() {
    assertThat(sniff(nodes())).containsExactly(ONE, TWO);
  }

  /** The configured node may be gone for good: then the others are the only ones to ask. */
  @Test
  void keepsTheNodesBesideTheConfiguredOnesWhileTheClusterDoesNotAnswer() {
    assertThat(sniff(nodes())).containsExactly(ONE, TWO);

    assertThat(sniff(CompletableFuture.failedFuture(new IOException("no answer"))))
        .containsExactly(SEED, ONE, TWO);
    assertThat(sniff(answering(503, "{}"))).containsExactly(SEED, ONE, TWO);
    assertThat(sniff(answering(200, "{}"))).containsExactly(SEED, ONE, TWO);
    assertThat(sniff(nodes())).containsExactly(ONE, TWO);
  }
}

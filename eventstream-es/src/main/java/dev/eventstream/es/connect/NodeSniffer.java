package dev.eventstream.es.connect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.opensearch.client.opensearch.generic.Request;
import org.opensearch.client.opensearch.generic.Requests;
import org.opensearch.client.opensearch.generic.Response;

/**
 * Asks the cluster for its nodes at intervals. Reports the configured nodes while the cluster does
 * not answer. Thread-safe.
 */
final class NodeSniffer {
  private static final Request NODES =
      Requests.builder().method("GET").endpoint("/_nodes/http").build();

  private final ClusterUrls seeds;
  private final Function<Request, CompletableFuture<Response>> client;
  private final Consumer<List<URI>> found;
  private final long intervalNanos; // 0: never
  private final AtomicBoolean sniffing = new AtomicBoolean();
  private volatile long sniffedAt;

  NodeSniffer(
      ConnectionSettings settings,
      Function<Request, CompletableFuture<Response>> client,
      Consumer<List<URI>> found) {
    this.seeds = settings.urls();
    this.client = client;
    this.found = found;
    this.intervalNanos = settings.sniffInterval().toNanos();
    this.sniffedAt = System.nanoTime() - intervalNanos;
  }

  void sniffIfDue() {
    if (intervalNanos == 0
        || System.nanoTime() - sniffedAt < intervalNanos
        || !sniffing.compareAndSet(false, true)) {
      return;
    }
    sniffedAt = System.nanoTime();
    var unused =
        client
            .apply(NODES)
            .thenApply(this::nodes)
            .exceptionally(error -> seeds.nodes())
            .thenAccept(found)
            .whenComplete((nothing, error) -> sniffing.set(false));
  }

  private List<URI> nodes(Response response) {
    try (response) {
      if (response.getStatus() >= 300 || response.getBody().isEmpty()) {
        return seeds.nodes();
      }
      byte[] answer = response.getBody().get().bodyAsBytes();
      List<URI> nodes = ClusterNodes.parse(answer, seeds.scheme());
      return nodes.isEmpty() ? seeds.nodes() : nodes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

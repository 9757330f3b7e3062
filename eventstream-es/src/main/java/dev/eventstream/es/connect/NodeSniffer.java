package dev.eventstream.es.connect;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.opensearch.client.opensearch.generic.Request;
import org.opensearch.client.opensearch.generic.Requests;

/**
 * Asks the cluster for its nodes at intervals. If the cluster does not answer, the configured nodes
 * are used together with those known before: the configured ones alone may be gone for good, and
 * nobody else would be asked any more. Thread-safe.
 */
final class NodeSniffer {
  private static final Request NODES =
      Requests.builder().method("GET").endpoint("/_nodes/http").build();

  private final ClusterUrls seeds;
  private final Function<Request, CompletableFuture<Answer>> client;
  private final Supplier<List<URI>> current;
  private final Consumer<List<URI>> found;
  private final long intervalNanos; // 0: never
  private final AtomicBoolean sniffing = new AtomicBoolean();
  private volatile long sniffedAt;

  NodeSniffer(
      ConnectionSettings settings,
      Function<Request, CompletableFuture<Answer>> client,
      Supplier<List<URI>> current,
      Consumer<List<URI>> found) {
    this.seeds = settings.urls();
    this.client = client;
    this.current = current;
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
            .exceptionally(error -> seedsAndCurrent())
            .thenAccept(found)
            .whenComplete((nothing, error) -> sniffing.set(false));
  }

  private List<URI> seedsAndCurrent() {
    return Stream.concat(seeds.nodes().stream(), current.get().stream()).distinct().toList();
  }

  private List<URI> nodes(Answer answer) {
    InputStream body = answer.body();
    if (answer.status() >= 300 || body == null) {
      return seedsAndCurrent();
    }
    try {
      List<URI> nodes = ClusterNodes.parse(body.readAllBytes(), seeds.scheme());
      return nodes.isEmpty() ? seedsAndCurrent() : nodes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

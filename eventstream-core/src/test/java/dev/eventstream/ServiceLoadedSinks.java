package dev.eventstream;

import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkProvider;
import dev.eventstream.spi.SinkResult;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A transport found by the service loader, for URLs that begin with {@code test-sink:}. */
public final class ServiceLoadedSinks implements SinkProvider {
  static final List<List<URI>> OPENED = new ArrayList<>();

  /** Called by the service loader. */
  public ServiceLoadedSinks() {}

  @Override
  public Set<String> schemes() {
    return Set.of("test-sink", "test-sinks");
  }

  @Override
  public EventSink open(List<URI> urls) {
    OPENED.add(urls);
    return new EventSink() {
      @Override
      public CompletionStage<SinkResult> write(DocumentBatch documents) {
        return CompletableFuture.completedFuture(
            SinkResult.all(documents.size(), ItemResult.WRITTEN));
      }

      @Override
      public void close() {}
    };
  }
}

package dev.eventstream.spring;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Accepts documents in memory, or none. */
class StandInSink implements EventSink {
  final List<String> documents = new CopyOnWriteArrayList<>();
  final AtomicInteger closed = new AtomicInteger();
  volatile boolean takesEvents = true;

  @Override
  public CompletionStage<SinkResult> write(DocumentBatch batch) {
    if (!takesEvents) {
      ItemResult away = new ItemResult.Failed(FailureClass.BLOCKED, "the cluster is away");
      return CompletableFuture.completedFuture(SinkResult.all(batch.size(), away));
    }
    for (int i = 0; i < batch.size(); i++) {
      documents.add(new String(batch.get(i).source(), UTF_8));
    }
    return CompletableFuture.completedFuture(SinkResult.all(batch.size(), ItemResult.WRITTEN));
  }

  @Override
  public CompletionStage<Void> check() {
    return takesEvents
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(new IOException("the cluster is away"));
  }

  @Override
  public void close() {
    closed.incrementAndGet();
  }
}

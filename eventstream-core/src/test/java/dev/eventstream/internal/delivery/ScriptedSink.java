package dev.eventstream.internal.delivery;

import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;

/** A sink whose answers are given by the test. Not thread-safe. */
final class ScriptedSink implements EventSink {
  /** A write that waits for its answer. */
  record Attempt(List<String> ids, CompletableFuture<SinkResult> answer) {
    void written() {
      answer.complete(SinkResult.all(ids.size(), ItemResult.WRITTEN));
    }

    void all(ItemResult result) {
      answer.complete(SinkResult.all(ids.size(), result));
    }

    void each(ItemResult... results) {
      answer.complete(SinkResult.of(List.of(results)));
    }
  }

  final List<Attempt> attempts = new ArrayList<>();

  @Override
  public CompletionStage<SinkResult> write(DocumentBatch documents) {
    List<String> ids =
        IntStream.range(0, documents.size()).mapToObj(i -> documents.get(i).id()).toList();
    Attempt attempt = new Attempt(ids, new CompletableFuture<>());
    attempts.add(attempt);
    return attempt.answer;
  }

  Attempt last() {
    return attempts.get(attempts.size() - 1);
  }

  @Override
  public void close() {}
}

package dev.eventstream.server.http;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Supplier;

/** A sink that does what a test tells it, and remembers what was written. Thread-safe. */
final class FakeSink implements EventSink {
  private final List<Document> written = new CopyOnWriteArrayList<>();
  private final List<Held> held = new ArrayList<>(); // guarded by this
  private boolean holding; // guarded by this
  private volatile Function<DocumentBatch, CompletionStage<SinkResult>> behaviour = this::accept;
  private volatile Supplier<CompletionStage<Void>> check =
      () -> CompletableFuture.completedFuture(null);
  private volatile boolean closed;

  /** A batch that waits for its answer. */
  private record Held(DocumentBatch documents, CompletableFuture<SinkResult> answer) {}

  @Override
  public CompletionStage<SinkResult> write(DocumentBatch documents) {
    return behaviour.apply(documents);
  }

  @Override
  public CompletionStage<Void> check() {
    return check.get();
  }

  @Override
  public void close() {
    closed = true;
  }

  /** From now on every batch waits for {@link #release()}. */
  synchronized void hold() {
    holding = true;
    behaviour = this::keep;
  }

  private synchronized CompletionStage<SinkResult> keep(DocumentBatch documents) {
    if (!holding) {
      return accept(documents);
    }
    CompletableFuture<SinkResult> answer = new CompletableFuture<>();
    held.add(new Held(documents, answer));
    return answer;
  }

  /** How many documents wait. */
  synchronized int held() {
    return held.stream().mapToInt(batch -> batch.documents.size()).sum();
  }

  /** Writes what was held, on the calling thread, and whatever comes from now on. */
  void release() {
    behaviour = this::accept;
    List<Held> released;
    synchronized (this) {
      released = List.copyOf(held);
      held.clear();
      holding = false;
    }
    for (Held batch : released) {
      accept(batch.documents).thenAccept(batch.answer::complete);
    }
  }

  /** From now on every document meets this fate. */
  void answer(ItemResult result) {
    answer(document -> result);
  }

  /** From now on each document meets its own fate. */
  void answer(Function<Document, ItemResult> fate) {
    behaviour =
        documents -> {
          List<ItemResult> results = new ArrayList<>();
          for (int i = 0; i < documents.size(); i++) {
            Document document = documents.get(i);
            ItemResult result = fate.apply(document);
            if (result instanceof ItemResult.Written) {
              written.add(document);
            }
            results.add(result);
          }
          return CompletableFuture.completedFuture(SinkResult.of(results));
        };
  }

  /** From now on the sink behaves like this. */
  void behave(Function<DocumentBatch, CompletionStage<SinkResult>> newBehaviour) {
    behaviour = newBehaviour;
  }

  void blocked(String reason) {
    answer(new ItemResult.Failed(FailureClass.BLOCKED, reason));
  }

  /** From now on it is well, or not, like this. */
  void checks(CompletionStage<Void> result) {
    checks(() -> result);
  }

  void checks(Supplier<CompletionStage<Void>> newCheck) {
    check = newCheck;
  }

  /** What was written, in order. */
  List<Document> written() {
    return written;
  }

  boolean isClosed() {
    return closed;
  }

  /** Writes all of it. */
  CompletionStage<SinkResult> accept(DocumentBatch documents) {
    List<Document> all = new ArrayList<>(documents.size());
    for (int i = 0; i < documents.size(); i++) {
      all.add(documents.get(i));
    }
    written.addAll(all);
    return CompletableFuture.completedFuture(SinkResult.all(documents.size(), ItemResult.WRITTEN));
  }
}

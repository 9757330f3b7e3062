package dev.eventstream;

import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.spi.Spool;
import dev.eventstream.spi.SpoolState;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A spool in memory for inspection by tests. Thread-safe. */
final class MemorySpool implements Spool {
  final AtomicInteger closed = new AtomicInteger();
  final Letters letters = new Letters();
  private final List<DocumentBatch> waiting = new ArrayList<>(); // guarded by this
  private final List<String> ids = new ArrayList<>(); // guarded by this
  private Runnable filled = () -> {};
  volatile @Nullable String refusal;
  volatile boolean answers = true;

  @Override
  public CompletionStage<SinkResult> write(DocumentBatch documents) {
    String refused = refusal;
    if (!answers) {
      return new CompletableFuture<>();
    }
    if (refused != null) {
      return CompletableFuture.completedFuture(
          SinkResult.all(documents.size(), new ItemResult.Failed(FailureClass.RETRY, refused)));
    }
    synchronized (this) {
      waiting.add(documents);
      for (int i = 0; i < documents.size(); i++) {
        ids.add(documents.get(i).id());
      }
    }
    filled.run();
    return CompletableFuture.completedFuture(SinkResult.all(documents.size(), ItemResult.WRITTEN));
  }

  /** Returns the IDs of the documents in the spool. */
  synchronized List<String> ids() {
    return List.copyOf(ids);
  }

  @Override
  public synchronized @Nullable Portion take(int maxDocuments, int maxBytes) {
    if (waiting.isEmpty()) {
      return null;
    }
    DocumentBatch taken = waiting.remove(0);
    return new Portion() {
      @Override
      public DocumentBatch documents() {
        return taken;
      }

      @Override
      public Instant oldest() {
        return Instant.EPOCH;
      }

      @Override
      public void remove() {
        synchronized (MemorySpool.this) {
          for (int i = 0; i < taken.size(); i++) {
            ids.remove(taken.get(i).id());
          }
        }
      }

      @Override
      public CompletionStage<SinkResult> moveToEnd(DocumentBatch rest) {
        return write(rest);
      }
    };
  }

  @Override
  public void whenFilled(Runnable task) {
    filled = task;
  }

  @Override
  public synchronized SpoolState state() {
    return new SpoolState(
        ids.size(), 0, 0, 0, ids.isEmpty() ? null : Instant.EPOCH, refusal, List.of());
  }

  @Override
  public DeadLetters deadLetters() {
    return letters;
  }

  @Override
  public void close() {
    closed.incrementAndGet();
  }

  static final class Letters implements DeadLetters {
    private final Map<String, DeadLetter> byId = new LinkedHashMap<>(); // guarded by this
    volatile @Nullable String failure; // simulated failure of the disk

    @Override
    public synchronized CompletionStage<Void> add(List<DeadLetter> added) {
      added.forEach(letter -> byId.put(letter.document().id(), letter));
      return CompletableFuture.completedFuture(null);
    }

    synchronized List<String> ids() {
      return List.copyOf(byId.keySet());
    }

    @Override
    public void forEach(
        Predicate<? super DeadLetter> filter, Consumer<? super DeadLetter> consumer) {
      List<DeadLetter> all;
      synchronized (this) {
        all = List.copyOf(byId.values());
      }
      all.stream().filter(filter).forEach(consumer);
    }

    @Override
    public long export(Predicate<? super DeadLetter> filter, OutputStream out) {
      return 0;
    }

    @Override
    public long purge(Predicate<? super DeadLetter> filter) {
      return 0;
    }

    @Override
    public synchronized void remove(List<DeadLetter> gone) throws IOException {
      String failed = failure;
      if (failed != null) {
        throw new IOException(failed);
      }
      for (DeadLetter letter : gone) {
        byId.remove(letter.document().id(), letter);
      }
    }

    @Override
    public synchronized long count() {
      return byId.size();
    }

    @Override
    public long diskBytes() {
      return 0;
    }
  }
}

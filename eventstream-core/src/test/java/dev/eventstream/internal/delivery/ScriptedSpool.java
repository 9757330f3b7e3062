package dev.eventstream.internal.delivery;

import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.spi.Spool;
import dev.eventstream.spi.SpoolState;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A spool whose answers are given by the test. Not thread-safe. */
final class ScriptedSpool implements Spool {
  final ScriptedSink writes = new ScriptedSink();
  final ScriptedSink moves = new ScriptedSink();
  final ArrayDeque<DocumentBatch> waiting = new ArrayDeque<>(); // portions to be taken
  final List<String> removed = new ArrayList<>(); // IDs
  final List<Letters> letters = new ArrayList<>(); // letters that were added
  @Nullable RuntimeException thrown; // thrown by the next call
  long documents;
  Runnable filled = () -> {};
  Runnable beforeTake = () -> {};

  /** Letters that wait for the disk. */
  record Letters(List<DeadLetter> letters, CompletableFuture<Void> answer) {}

  @Override
  public CompletionStage<SinkResult> write(DocumentBatch batch) {
    throwIfTold();
    return writes.write(batch);
  }

  private void throwIfTold() {
    RuntimeException now = thrown;
    thrown = null;
    if (now != null) {
      throw now;
    }
  }

  void add(DocumentBatch portion) {
    waiting.add(portion);
    documents += portion.size();
    filled.run();
  }

  @Override
  public @Nullable Portion take(int maxDocuments, int maxBytes) {
    throwIfTold();
    beforeTake.run();
    DocumentBatch taken = waiting.poll();
    return taken == null ? null : new Taken(taken);
  }

  private final class Taken implements Portion {
    private final DocumentBatch batch;

    Taken(DocumentBatch batch) {
      this.batch = batch;
    }

    @Override
    public DocumentBatch documents() {
      return batch;
    }

    @Override
    public Instant oldest() {
      return Instant.EPOCH;
    }

    @Override
    public void remove() {
      documents -= batch.size();
      for (int i = 0; i < batch.size(); i++) {
        removed.add(batch.get(i).id());
      }
    }

    @Override
    public CompletionStage<SinkResult> moveToEnd(DocumentBatch rest) {
      throwIfTold();
      return moves.write(rest);
    }
  }

  @Override
  public void whenFilled(Runnable task) {
    filled = task;
  }

  @Override
  public SpoolState state() {
    return new SpoolState(documents, 0, 0, 0, null, null, List.of());
  }

  @Override
  public DeadLetters deadLetters() {
    return new DeadLetters() {
      @Override
      public CompletionStage<Void> add(List<DeadLetter> added) {
        throwIfTold();
        Letters waits = new Letters(added, new CompletableFuture<>());
        letters.add(waits);
        return waits.answer;
      }

      @Override
      public void forEach(
          Predicate<? super DeadLetter> filter, Consumer<? super DeadLetter> consumer) {}

      @Override
      public long export(Predicate<? super DeadLetter> filter, OutputStream out) {
        return 0;
      }

      @Override
      public long purge(Predicate<? super DeadLetter> filter) {
        return 0;
      }

      @Override
      public void remove(List<DeadLetter> gone) {}

      @Override
      public long count() {
        return letters.size();
      }

      @Override
      public long diskBytes() {
        return 0;
      }
    };
  }

  @Override
  public void close() {}
}

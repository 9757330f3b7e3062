package dev.eventstream.internal.delivery;

import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.spi.Spool;
import dev.eventstream.spi.SpoolState;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A disk that keeps fsynced data, with the spools and dead letters that successive processes open
 * on it. Fails as soon as a document is removed that exists nowhere else. Not thread-safe.
 */
final class SimulatedSpool {
  private static final long MILLI = 1_000_000;

  /** Documents that were written together. */
  private static final class Block {
    final DocumentBatch documents;
    final Instant oldest;
    boolean taken;
    boolean removed; // not yet recorded on disk

    Block(DocumentBatch documents, Instant oldest) {
      this.documents = documents;
      this.oldest = oldest;
    }
  }

  final Map<String, DeadLetter> letters = new HashMap<>(); // durable ones, by ID
  int maxDocuments = Integer.MAX_VALUE;
  int maxLetters = Integer.MAX_VALUE;
  boolean failing; // some writes fail
  private boolean hanging; // writes wait until this is reset
  private final List<Runnable> hung = new ArrayList<>();
  int mostTaken; // portions
  Runnable interleaved = () -> {}; // simulates other threads during disk access

  private final Random random;
  private final List<String> broken;
  private final ManualTimer timer;
  private final Predicate<String> inCluster;
  private final Set<Block> blocks = new LinkedHashSet<>(); // durable ones, in order
  private final Map<String, Integer> copies =
      new HashMap<>(); // copies in blocks that are not removed
  private int documents; // likewise
  private int taken; // portions

  SimulatedSpool(
      Random random, List<String> broken, ManualTimer timer, Predicate<String> inCluster) {
    this.random = random;
    this.broken = broken;
    this.timer = timer;
    this.inCluster = inCluster;
  }

  /** Returns whether a document can never be lost. */
  boolean isSafe(String id) {
    return inCluster.test(id) || letters.containsKey(id) || copies.getOrDefault(id, 0) > 0;
  }

  /** Returns the waiting documents of the selected indices. */
  List<String> waitingOf(Predicate<String> index) {
    List<String> ids = new ArrayList<>();
    for (Block block : blocks) {
      if (!block.removed) {
        for (int i = 0; i < block.documents.size(); i++) {
          if (index.test(block.documents.get(i).destination())) {
            ids.add(block.documents.get(i).id());
          }
        }
      }
    }
    return ids;
  }

  void hang(boolean hangs) {
    hanging = hangs;
    if (!hangs) {
      List.copyOf(hung).forEach(Runnable::run);
      hung.clear();
    }
  }

  private void count(DocumentBatch batch, int copy) {
    documents += copy * batch.size();
    for (DocumentBatch.Cursor cursor = batch.cursor(); cursor.next(); ) {
      copies.merge(cursor.id(), copy, Integer::sum);
    }
  }

  int documents() {
    return documents;
  }

  private static Instant now(ManualTimer timer) {
    return Instant.ofEpochMilli(timer.nanoTime() / MILLI);
  }

  /** The spool as opened by one process. */
  final class Opened implements Spool {
    private boolean dead;
    private final List<Runnable> notDurable = new ArrayList<>();
    private Runnable filled = () -> {};

    Opened() {
      copies.clear();
      documents = 0;
      taken = 0;
      for (Block block : blocks) {
        block.taken = false;
        block.removed = false;
        count(block.documents, 1);
      }
    }

    /** Kills the process. Writes without an fsync may or may not survive. */
    void kill() {
      dead = true;
      for (Runnable write : notDurable) {
        if (random.nextBoolean()) {
          write.run();
        }
      }
    }

    @Override
    public CompletionStage<SinkResult> write(DocumentBatch batch) {
      if (documents + batch.size() > maxDocuments) {
        return CompletableFuture.completedFuture(failed(batch, "full"));
      }
      return write(batch, now(timer));
    }

    private CompletionStage<SinkResult> write(DocumentBatch batch, Instant oldest) {
      if (dead) {
        throw broken("a dead process has written to its spool");
      }
      interleaved.run();
      CompletableFuture<SinkResult> answer = new CompletableFuture<>();
      if (failing) {
        switch (random.nextInt(6)) {
          case 0 -> throw new IllegalStateException("the disk is gone");
          case 1 -> {
            return CompletableFuture.failedFuture(new IllegalStateException("I/O error"));
          }
          case 2 -> {
            inMillis(10, () -> answer.complete(failed(batch, "I/O error")));
            return answer;
          }
          case 3 -> {
            int kept = random.nextInt(batch.size() + 1);
            List<ItemResult> results = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
              results.add(
                  i < kept
                      ? ItemResult.WRITTEN
                      : new ItemResult.Failed(FailureClass.RETRY, "full by now"));
            }
            Runnable partly =
                () -> {
                  if (kept > 0) {
                    add(new Block(batch.slice(0, kept), oldest));
                  }
                };
            fsync(partly, () -> answer.complete(SinkResult.of(results)));
            return answer;
          }
          default -> {}
        }
      }
      Runnable write = () -> add(new Block(batch, oldest));
      Runnable start =
          () ->
              fsync(write, () -> answer.complete(SinkResult.all(batch.size(), ItemResult.WRITTEN)));
      if (hanging) {
        hung.add(start);
      } else {
        start.run();
      }
      return answer;
    }

    private void fsync(Runnable write, Runnable answer) {
      if (dead) {
        return;
      }
      notDurable.add(write);
      inMillis(
          1 + random.nextInt(15),
          () -> {
            notDurable.remove(write);
            write.run();
            if (random.nextBoolean()) {
              filled.run();
              answer.run();
            } else {
              answer.run();
              filled.run();
            }
          });
    }

    private void add(Block block) {
      blocks.add(block);
      count(block.documents, 1);
    }

    private void inMillis(int millis, Runnable task) {
      timer.schedule(
          () -> {
            if (!dead) {
              task.run();
            }
          },
          millis * MILLI);
    }

    @Override
    public @Nullable Portion take(int max, int maxBytes) {
      if (dead) {
        throw broken("a dead process has read its spool");
      }
      interleaved.run();
      if (failing && random.nextInt(20) == 0) {
        throw new IllegalStateException("cannot read");
      }
      List<Block> portion = new ArrayList<>();
      int count = 0;
      int bytes = 0;
      for (Block block : blocks) {
        if (block.taken) {
          continue;
        }
        boolean fits =
            count + block.documents.size() <= max && bytes + block.documents.byteSize() <= maxBytes;
        if (!fits && count > 0) {
          break;
        }
        portion.add(block);
        count += block.documents.size();
        bytes += block.documents.byteSize();
      }
      if (portion.isEmpty()) {
        return null;
      }
      portion.forEach(block -> block.taken = true);
      taken++;
      mostTaken = Math.max(mostTaken, taken);
      return new Taken(portion);
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
      return new Letters();
    }

    @Override
    public void close() {}

    private final class Taken implements Portion {
      final List<Block> portion;
      boolean removed;

      Taken(List<Block> portion) {
        this.portion = portion;
      }

      @Override
      public DocumentBatch documents() {
        return DocumentBatch.join(portion.stream().map(block -> block.documents).toList());
      }

      @Override
      public Instant oldest() {
        return portion.get(0).oldest;
      }

      @Override
      public void remove() {
        if (removed || dead) {
          throw broken("removed twice, or by a dead process");
        }
        removed = true;
        portion.forEach(block -> block.removed = true);
        DocumentBatch gone = documents();
        count(gone, -1);
        taken--;
        for (int i = 0; i < gone.size(); i++) {
          if (!isSafe(gone.get(i).id())) {
            throw broken(gone.get(i).id() + " was removed from the spool but exists nowhere else");
          }
        }
        // the disk records removals later: after a crash the documents may be replayed again
        inMillis(random.nextInt(300), () -> portion.forEach(blocks::remove));
      }

      @Override
      public CompletionStage<SinkResult> moveToEnd(DocumentBatch rest) {
        return write(rest, oldest());
      }
    }

    private final class Letters implements DeadLetters {
      @Override
      public CompletionStage<Void> add(List<DeadLetter> added) {
        if (dead) {
          throw broken("a dead process has added dead letters");
        }
        CompletableFuture<Void> answer = new CompletableFuture<>();
        if (letters.size() + added.size() > maxLetters) {
          return CompletableFuture.failedFuture(new IllegalStateException("no room"));
        }
        if (failing && random.nextInt(4) == 0) {
          inMillis(5, () -> answer.completeExceptionally(new IllegalStateException("I/O error")));
          return answer;
        }
        Runnable write = () -> added.forEach(letter -> letters.put(letter.document().id(), letter));
        notDurable.add(write);
        inMillis(
            1 + random.nextInt(10),
            () -> {
              notDurable.remove(write);
              write.run();
              answer.complete(null);
            });
        return answer;
      }

      @Override
      public void forEach(
          Predicate<? super DeadLetter> filter, Consumer<? super DeadLetter> consumer) {
        List.copyOf(letters.values()).stream().filter(filter).forEach(consumer);
      }

      @Override
      public long export(Predicate<? super DeadLetter> filter, OutputStream out) {
        throw new UnsupportedOperationException();
      }

      @Override
      public long purge(Predicate<? super DeadLetter> filter) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void remove(List<DeadLetter> gone) {
        gone.forEach(letter -> letters.remove(letter.document().id()));
      }

      @Override
      public long count() {
        return letters.size();
      }

      @Override
      public long diskBytes() {
        return 0;
      }
    }
  }

  private static SinkResult failed(DocumentBatch batch, String reason) {
    return SinkResult.all(batch.size(), new ItemResult.Failed(FailureClass.RETRY, reason));
  }

  /** Also records the error, because callers may swallow what is thrown. */
  private AssertionError broken(String what) {
    broken.add(what);
    return new AssertionError(what);
  }
}

package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import dev.eventstream.spi.SinkResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Runs batcher, delivery and deadlines together under a simulated clock, with an index that has
 * {@code create} semantics and a network that loses requests and answers, delays them beyond every
 * time-out, and returns wrong answers. Each run has a seed, which a failure reports; {@code
 * -Ddev.eventstream.seed=…} repeats that run alone.
 */
final class DeliverySchedulesTest {
  private static final int SCHEDULES = 3_000;
  private static final long MILLI = 1_000_000;
  private static final int TIMEOUT_MILLIS = 300;
  private static final Fate EXPIRED =
      new Fate.Refused(Refusal.TIMEOUT, "too late", Duration.ofSeconds(5));
  private static final Fate CLOSED =
      new Fate.Refused(Refusal.CLOSED, "closed", Duration.ofSeconds(5));

  @Test
  void eachDocumentHasOneCorrectFate() {
    Long only = Long.getLong("dev.eventstream.seed");
    long first = only != null ? only : System.nanoTime();
    for (int i = 0; i < (only != null ? 1 : SCHEDULES); i++) {
      try {
        new Run(first + i, true).go();
      } catch (RuntimeException | AssertionError e) {
        fail("seed " + (first + i), e);
      }
    }
  }

  @Test
  void everythingIsWrittenAfterTheFaultsEnd() {
    Long only = Long.getLong("dev.eventstream.seed");
    long first = only != null ? only : System.nanoTime();
    for (int i = 0; i < (only != null ? 1 : SCHEDULES); i++) {
      try {
        new Run(first + i, false).go();
      } catch (RuntimeException | AssertionError e) {
        fail("seed " + (first + i), e);
      }
    }
  }

  private static final class Run {
    final Random random;
    final boolean deadlined;
    final ManualTimer timer = new ManualTimer();
    final Index index = new Index();
    final int permits;
    final int maxDocuments;
    final int maxBytes;
    final Batcher batcher;
    final Deadlines deadlines;
    final Map<Publication, List<String>> published = new HashMap<>();
    final Set<Publication> done = new HashSet<>();
    int documents;
    boolean doneTwice;

    Run(long seed, boolean deadlined) {
      this.random = new Random(seed);
      this.deadlined = deadlined;
      this.permits = 1 + random.nextInt(3);
      this.maxDocuments = 1 + random.nextInt(6);
      this.maxBytes = 50 + random.nextInt(500);
      Backoff backoff = new Backoff(5 * MILLI, 40 * MILLI, random);
      Delivery delivery = Deliveries.withoutSpool(index, permits, backoff, timer);
      this.batcher =
          new Batcher(maxDocuments, maxBytes, random.nextInt(4) * MILLI, delivery, timer);
      this.deadlines =
          new Deadlines(timer, TIMEOUT_MILLIS * MILLI, late -> late.settleAllOpen(EXPIRED));
    }

    void go() {
      int publications = 1 + random.nextInt(15);
      index.faultsUntil = 1 + random.nextInt(200);
      for (int i = 0; i < publications; i++) {
        publish();
        if (random.nextInt(3) > 0) {
          timer.advanceMillis(random.nextInt(20));
        }
      }
      boolean closed = deadlined && random.nextInt(4) == 0;
      if (closed) {
        batcher.flush();
        timer.advanceMillis(random.nextInt(50));
        deadlines.end(open -> open.settleAllOpen(CLOSED));
        publish();
        assertThat(done).hasSize(published.size());
      }
      timer.advanceMillis(deadlined ? TIMEOUT_MILLIS + 50 : 5_000);
      assertThat(done).as("completed publications").hasSize(published.size());
      timer.advanceMillis(5_000);
      published.forEach((publication, ids) -> check(publication.done().join(), ids, closed));
      assertThat(doneTwice).isFalse();
      assertThat(index.inFlight).isZero();
      assertThat(index.mostInFlight).isLessThanOrEqualTo(permits);
      assertThat(index.created.values()).allMatch(count -> count == 1);
    }

    void publish() {
      Document[] batch = new Document[1 + random.nextInt(8)];
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < batch.length; i++) {
        String kind = index.kinds[random.nextInt(index.kinds.length)];
        String id = kind + "-" + documents++;
        if (kind.equals("twice")) {
          index.before.add(id);
        }
        ids.add(id);
        batch[i] = new Document("index", id, null, "x".repeat(random.nextInt(60)).getBytes(UTF_8));
      }
      Publication publication =
          new Publication(DocumentBatch.of(batch), timer.nanoTime(), Instant.EPOCH);
      published.put(publication, ids);
      var unused = publication.done().thenAccept(fates -> doneTwice |= !done.add(publication));
      if (deadlined) {
        deadlines.add(publication);
      }
      batcher.submit(publication);
    }

    void check(List<Fate> fates, List<String> ids, boolean closed) {
      assertThat(fates).hasSize(ids.size()).doesNotContainNull();
      for (int i = 0; i < fates.size(); i++) {
        Fate fate = fates.get(i);
        String id = ids.get(i);
        if (fate.kind() == Fate.Kind.INDEXED) {
          assertThat(index.holds(id)).as(id).isTrue();
        } else if (fate.kind() == Fate.Kind.DUPLICATE) {
          assertThat(id).startsWith("twice");
        } else if (fate instanceof Fate.Rejected rejected) {
          assertThat(id).startsWith(rejected.code() == Rejection.TOO_LARGE ? "large" : "never");
          assertThat(index.holds(id)).as(id).isFalse();
        } else if (!fate.equals(EXPIRED) && !(closed && fate.equals(CLOSED))) {
          assertThat(fate)
              .isEqualTo(new Fate.Refused(Refusal.CLUSTER, "blocked", Duration.ofSeconds(30)));
          assertThat(id).startsWith("blocked");
        } else {
          assertThat(deadlined).as("refused without a deadline").isTrue();
        }
      }
    }

    private final class Index implements EventSink {
      final String[] kinds = {
        "plain", "plain", "plain", "plain", "twice", "never", "large", "blocked"
      };
      final Map<String, Integer> created = new HashMap<>();
      final Set<String> before = new HashSet<>();
      int faultsUntil; // milliseconds
      int inFlight;
      int mostInFlight;

      boolean holds(String id) {
        return created.containsKey(id) || before.contains(id);
      }

      @Override
      @SuppressWarnings("NullAway") // no stage at all is one of the faults
      public @Nullable CompletionStage<SinkResult> write(DocumentBatch documents) {
        assertThat(documents.size()).isBetween(1, maxDocuments);
        assertThat(documents.size() == 1 || documents.byteSize() <= maxBytes).isTrue();
        boolean faulty = timer.nanoTime() < faultsUntil * MILLI;
        int fault = faulty ? random.nextInt(12) : 12;
        switch (fault) {
          case 0 -> throw new IllegalStateException("a bug");
          case 1 -> throw new NoClassDefFoundError("a missing library");
          case 2 -> {
            return null;
          }
          default -> {}
        }
        CompletableFuture<SinkResult> answer = new CompletableFuture<>();
        mostInFlight = Math.max(mostInFlight, ++inFlight);
        boolean arrives = fault != 3;
        SinkResult nothing = SinkResult.all(documents.size() + 1, ItemResult.WRITTEN);
        later(
            faulty,
            () -> {
              SinkResult result = arrives ? store(documents, faulty) : nothing;
              later(
                  faulty,
                  () -> {
                    inFlight--;
                    if (fault == 3 || fault == 4) {
                      answer.completeExceptionally(new IllegalStateException("connection reset"));
                    } else if (fault == 5) {
                      answer.complete(nothing);
                    } else {
                      answer.complete(result);
                    }
                  });
            });
        return answer;
      }

      private void later(boolean faulty, Runnable task) {
        int kind = random.nextInt(10);
        if (kind < 4) {
          task.run();
        } else if (faulty && kind == 9) {
          timer.schedule(task, random.nextInt(2 * TIMEOUT_MILLIS) * MILLI);
        } else {
          timer.schedule(task, random.nextInt(10) * MILLI);
        }
      }

      private SinkResult store(DocumentBatch documents, boolean faulty) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < documents.size(); i++) {
          ids.add(documents.get(i).id());
        }
        if (ids.stream().anyMatch(id -> id.startsWith("large"))) {
          return SinkResult.all(ids.size(), failed(FailureClass.TOO_LARGE, "too large"));
        }
        return SinkResult.of(ids.stream().map(id -> store(id, faulty)).toList());
      }

      private ItemResult store(String id, boolean faulty) {
        if (faulty && random.nextInt(4) == 0) {
          return failed(FailureClass.RETRY, "busy");
        }
        if (id.startsWith("never")) {
          return failed(FailureClass.NEVER, "no mapping");
        }
        if (id.startsWith("blocked")) {
          return failed(FailureClass.BLOCKED, "blocked");
        }
        if (holds(id)) {
          return ItemResult.DUPLICATE;
        }
        created.merge(id, 1, Integer::sum);
        return ItemResult.WRITTEN;
      }

      private ItemResult failed(FailureClass failureClass, String reason) {
        return new ItemResult.Failed(failureClass, reason);
      }

      @Override
      public void close() {}
    }
  }
}

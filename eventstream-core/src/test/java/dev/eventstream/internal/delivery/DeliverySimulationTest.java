package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.SinkResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/**
 * Thousands of random schedules of load, faults and time, checked against the invariants: every
 * event gets an outcome, every event answered as indexed is in the index, and no event is there
 * twice.
 */
class DeliverySimulationTest {
  private static final int SCHEDULES = 3_000;
  private static final Fate EXPIRED =
      new Fate.Refused(Refusal.TIMEOUT, "too late", Duration.ofSeconds(5));

  /** An index with {@code create} semantics behind a network that loses messages at random. */
  private static final class FaultySink implements EventSink {
    final Random random;
    final ManualTimer timer;
    final Map<String, Integer> index = new HashMap<>();

    FaultySink(Random random, ManualTimer timer) {
      this.random = random;
      this.timer = timer;
    }

    @Override
    public CompletionStage<SinkResult> write(DocumentBatch documents) {
      int fault = random.nextInt(10);
      if (fault == 0) {
        throw new IllegalStateException("not even sent");
      }
      CompletableFuture<SinkResult> answer = new CompletableFuture<>();
      if (fault == 1) {
        later(() -> answer.completeExceptionally(new IllegalStateException("request lost")));
      } else if (fault == 2 && documents.size() > 1) {
        later(
            () ->
                answer.complete(
                    SinkResult.all(
                        documents.size(),
                        new ItemResult.Failed(FailureClass.TOO_LARGE, "too large"))));
      } else {
        later(
            () -> {
              SinkResult result = store(documents);
              if (fault == 3) {
                answer.completeExceptionally(new IllegalStateException("answer lost"));
              } else {
                later(() -> answer.complete(result));
              }
            });
      }
      return answer;
    }

    private void later(Runnable task) {
      if (random.nextInt(4) == 0) {
        task.run();
      } else {
        timer.schedule(task, random.nextInt(60) * 1_000_000L);
      }
    }

    private SinkResult store(DocumentBatch documents) {
      List<ItemResult> results = new ArrayList<>();
      for (int i = 0; i < documents.size(); i++) {
        String id = documents.get(i).id();
        if (id.startsWith("never")) {
          results.add(new ItemResult.Failed(FailureClass.NEVER, "no mapping"));
        } else if (random.nextInt(5) == 0) {
          results.add(new ItemResult.Failed(FailureClass.RETRY, "busy"));
        } else if (index.containsKey(id)) {
          results.add(ItemResult.DUPLICATE);
        } else {
          index.merge(id, 1, Integer::sum);
          results.add(ItemResult.WRITTEN);
        }
      }
      return SinkResult.of(results);
    }

    @Override
    public void close() {}
  }

  @Test
  void everyIndexedEventIsInTheIndexOnce() {
    long base = System.nanoTime();
    for (int i = 0; i < SCHEDULES; i++) {
      simulate(base + i);
    }
  }

  private static void simulate(long seed) {
    Random random = new Random(seed);
    ManualTimer timer = new ManualTimer();
    FaultySink sink = new FaultySink(random, timer);
    Backoff backoff = new Backoff(5_000_000, 50_000_000, random);
    Delivery delivery = Deliveries.withoutSpool(sink, 1 + random.nextInt(3), backoff, timer);
    Batcher batcher = new Batcher(5, 2_000, 5_000_000, delivery, timer);
    Deadlines deadlines = new Deadlines(timer, 400_000_000, late -> late.settleAllOpen(EXPIRED));
    List<Publication> publications = new ArrayList<>();
    int documents = 0;
    for (int i = 0; i < 15; i++) {
      Document[] batch = new Document[1 + random.nextInt(8)];
      for (int k = 0; k < batch.length; k++) {
        String id = (random.nextInt(10) == 0 ? "never-" : "id-") + documents++;
        batch[k] = new Document("index", id, null, "{}".getBytes(UTF_8));
      }
      Publication publication =
          new Publication(DocumentBatch.of(batch), timer.nanoTime(), Instant.EPOCH);
      publications.add(publication);
      deadlines.add(publication);
      batcher.submit(publication);
      timer.advanceMillis(random.nextInt(30));
    }
    timer.advanceMillis(2_000);
    for (Publication publication : publications) {
      assertThat(publication.done()).as("seed %d", seed).isDone();
      List<Fate> fates = publication.done().join();
      for (int k = 0; k < fates.size(); k++) {
        String id = publication.documents().get(k).id();
        Fate fate = fates.get(k);
        if (fate == Fate.INDEXED) {
          assertThat(sink.index).as("seed %d", seed).containsKey(id);
        } else if (fate instanceof Fate.Rejected) {
          assertThat(id).as("seed %d: %s", seed, fate).startsWith("never");
          assertThat(sink.index).as("seed %d", seed).doesNotContainKey(id);
        } else {
          assertThat(fate).as("seed %d", seed).isEqualTo(EXPIRED);
        }
      }
    }
    assertThat(sink.index.values()).as("seed %d", seed).allMatch(count -> count == 1);
  }
}

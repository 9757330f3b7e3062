package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sinks that misbehave, and answers with mixed results. */
final class DeliveryFaultsTest {
  private static final long MILLI = 1_000_000;
  private static final ItemResult RETRY = new ItemResult.Failed(FailureClass.RETRY, "busy");
  private static final ItemResult TOO_LARGE = new ItemResult.Failed(FailureClass.TOO_LARGE, "413");
  private static final ItemResult NEVER = new ItemResult.Failed(FailureClass.NEVER, "no mapping");
  private static final ItemResult BLOCKED = new ItemResult.Failed(FailureClass.BLOCKED, "401");

  private final ManualTimer timer = new ManualTimer();

  private Batcher batcher(EventSink sink, int requests) {
    Backoff backoff = new Backoff(10 * MILLI, 10 * MILLI, new Random(1));
    return new Batcher(
        100, 1_000_000, 0, Deliveries.withoutSpool(sink, requests, backoff, timer), timer);
  }

  private static final byte[] SOURCE = "{}".getBytes(UTF_8);

  private Publication submit(Batcher batcher, String... ids) {
    Document[] documents =
        Stream.of(ids)
            .map(id -> new Document(id.equals("5") ? "blocked" : "index", id, null, SOURCE))
            .toArray(Document[]::new);
    Publication publication =
        new Publication(DocumentBatch.of(documents), timer.nanoTime(), Instant.EPOCH);
    batcher.submit(publication);
    return publication;
  }

  /** A sink whose first answers are given and whose later answers are good. */
  private static final class FirstThenGood implements EventSink {
    final List<IntFunction<@Nullable CompletionStage<SinkResult>>> first = new ArrayList<>();
    int writes;

    @Override
    @SuppressWarnings("NullAway") // one of its faults
    public CompletionStage<SinkResult> write(DocumentBatch documents) {
      writes++;
      return first.isEmpty()
          ? CompletableFuture.completedFuture(SinkResult.all(documents.size(), ItemResult.WRITTEN))
          : first.remove(0).apply(documents.size());
    }

    @Override
    public void close() {}
  }

  static Stream<Arguments> faults() {
    return Stream.<IntFunction<@Nullable CompletionStage<SinkResult>>>of(
            size -> {
              throw new IllegalStateException("a bug");
            },
            size -> {
              throw new NoClassDefFoundError("a missing library");
            },
            size -> {
              throw new StackOverflowError();
            },
            size -> null,
            size -> CompletableFuture.failedFuture(new IllegalStateException("reset")),
            size ->
                CompletableFuture.failedFuture(
                    new CompletionException(new IllegalStateException("reset"))),
            size -> CompletableFuture.failedFuture(new OutOfMemoryError("in the client")),
            size -> CompletableFuture.completedFuture(null),
            size -> CompletableFuture.completedFuture(SinkResult.of(List.of())),
            size -> CompletableFuture.completedFuture(SinkResult.all(size + 1, ItemResult.WRITTEN)),
            size -> CompletableFuture.completedFuture(SinkResult.all(size - 1, ItemResult.WRITTEN)),
            size -> CompletableFuture.completedFuture(SinkResult.all(size, RETRY)))
        .map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void anyFaultOfTheSinkIsRetriedWithoutHoldingAPermit(
      IntFunction<@Nullable CompletionStage<SinkResult>> fault) {
    FirstThenGood sink = new FirstThenGood();
    sink.first.add(fault);
    Batcher batcher = batcher(sink, 1);
    Publication publication = submit(batcher, "a", "b");

    assertThat(publication.done()).isNotDone();
    Publication other = submit(batcher, "c"); // a permit is free during the backoff
    assertThat(other.done()).isCompletedWithValue(List.of(Fate.INDEXED));
    timer.advanceMillis(10);
    assertThat(publication.done()).isCompletedWithValue(List.of(Fate.INDEXED, Fate.INDEXED));
    assertThat(sink.writes).isEqualTo(3);
  }

  @Test
  void eachDocumentOfAMixedAnswerGetsItsOwnFate() {
    ScriptedSink sink = new ScriptedSink();
    Batcher batcher = batcher(sink, 2);
    Publication first = submit(batcher, "0", "1", "2", "3", "4", "5", "6");
    sink.last()
        .each(
            ItemResult.WRITTEN, RETRY, NEVER, TOO_LARGE, ItemResult.DUPLICATE, BLOCKED, TOO_LARGE);
    // Each of the two that are too large is sent alone immediately; the retry follows its backoff.
    assertThat(sink.attempts.subList(1, sink.attempts.size()))
        .extracting(ScriptedSink.Attempt::ids)
        .containsExactly(List.of("3"), List.of("6"));
    sink.attempts.get(1).written();
    sink.attempts.get(2).all(TOO_LARGE);
    timer.advanceMillis(10);
    assertThat(sink.last().ids()).containsExactly("1");
    sink.last().written();

    assertThat(first.done())
        .isCompletedWithValue(
            List.of(
                Fate.INDEXED,
                Fate.INDEXED,
                new Fate.Rejected(Rejection.DOCUMENT_REFUSED, "no mapping"),
                Fate.INDEXED,
                Fate.DUPLICATE,
                new Fate.Refused(Refusal.CLUSTER, "401", Duration.ofSeconds(30)),
                new Fate.Rejected(Rejection.TOO_LARGE, "413")));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64, 99})
  void halvingFindsEveryDocumentThatIsTooLarge(int size) {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      boolean[] large = new boolean[size];
      String[] ids = new String[size];
      for (int i = 0; i < size; i++) {
        large[i] = random.nextInt(5) == 0;
        ids[i] = (large[i] ? "large-" : "small-") + i;
      }
      int[] writes = new int[1];
      EventSink sink =
          new FakeSink(
              batch -> {
                writes[0]++;
                return batch.stream().anyMatch(id -> id.startsWith("large"))
                    ? TOO_LARGE
                    : ItemResult.WRITTEN;
              });
      Publication publication = submit(batcher(sink, 2), ids);

      assertThat(publication.done()).isDone();
      List<Fate> fates = publication.done().join();
      for (int i = 0; i < size; i++) {
        assertThat(fates.get(i))
            .isEqualTo(large[i] ? new Fate.Rejected(Rejection.TOO_LARGE, "413") : Fate.INDEXED);
      }
      assertThat(writes[0]).isLessThanOrEqualTo(2 * size);
    }
  }

  /** Answers immediately with the same result for all documents of a bulk. */
  private record FakeSink(java.util.function.Function<List<String>, ItemResult> answer)
      implements EventSink {
    @Override
    public CompletionStage<SinkResult> write(DocumentBatch documents) {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < documents.size(); i++) {
        ids.add(documents.get(i).id());
      }
      return CompletableFuture.completedFuture(SinkResult.all(documents.size(), answer.apply(ids)));
    }

    @Override
    public void close() {}
  }

  @Test
  void aStuckIndexDoesNotDelayOthers() {
    List<String> writtenAt = new ArrayList<>();
    EventSink sink =
        new FakeSink(
            ids -> {
              boolean stuck = ids.stream().anyMatch(id -> id.startsWith("stuck"));
              if (!stuck) {
                writtenAt.add(timer.nanoTime() / MILLI + " " + ids);
              }
              return stuck ? RETRY : ItemResult.WRITTEN;
            });
    Batcher batcher = batcher(sink, 1);
    for (int i = 0; i < 50; i++) {
      submit(batcher, "stuck-" + i);
      Publication good = submit(batcher, "good-" + i);

      assertThat(good.done()).isCompletedWithValue(List.of(Fate.INDEXED));
      timer.advanceMillis(1);
    }

    for (int i = 0; i < 50; i++) {
      assertThat(writtenAt.get(i)).isEqualTo(i + " [good-" + i + "]");
    }
  }

  @Test
  void doesNotResendDocumentsSettledMeanwhile() {
    ScriptedSink sink = new ScriptedSink();
    Batcher batcher = batcher(sink, 1);
    Publication publication = submit(batcher, "a", "b", "c");
    sink.last().all(RETRY);
    publication.settle(1, Fate.DUPLICATE);
    timer.advanceMillis(10);
    assertThat(sink.last().ids()).containsExactly("a", "c");
    sink.last().all(RETRY);
    publication.settleAllOpen(Fate.DUPLICATE);
    timer.advanceMillis(100);

    assertThat(sink.attempts).hasSize(2);
    Publication next = submit(batcher, "d");
    sink.last().written();
    assertThat(next.done()).isCompletedWithValue(List.of(Fate.INDEXED));
  }

  @Test
  void aRetryWaitsForAPermitAndPrecedesNewDocuments() {
    ScriptedSink sink = new ScriptedSink();
    Batcher batcher = batcher(sink, 1);
    submit(batcher, "a");
    sink.last().all(RETRY);
    submit(batcher, "b");
    submit(batcher, "c");
    timer.advanceMillis(50);
    assertThat(sink.attempts).hasSize(2);
    sink.last().written();
    assertThat(sink.last().ids()).containsExactly("a");
    sink.last().written();

    assertThat(sink.last().ids()).containsExactly("c");
  }

  @Test
  void theBackoffGrowsWithTheAttempts() {
    ScriptedSink sink = new ScriptedSink();
    List<Long> bounds = new ArrayList<>();
    Backoff backoff =
        new Backoff(
            10 * MILLI,
            100 * MILLI,
            new java.util.random.RandomGenerator() {
              @Override
              public long nextLong() {
                return 0;
              }

              @Override
              public long nextLong(long bound) {
                bounds.add((bound - 1) / MILLI);
                return bound - 1;
              }
            });
    Batcher batcher =
        new Batcher(10, 1_000, 0, Deliveries.withoutSpool(sink, 1, backoff, timer), timer);
    submit(batcher, "a");
    for (int i = 0; i < 6; i++) {
      sink.last().all(RETRY);
      timer.advanceMillis(100);
    }

    assertThat(bounds).isEqualTo(Arrays.asList(10L, 20L, 40L, 80L, 100L, 100L));
  }

  @Test
  void aThrowingContinuationDoesNotAffectDelivery() {
    ScriptedSink sink = new ScriptedSink();
    Batcher batcher = batcher(sink, 1);
    Publication first = submit(batcher, "a");
    CompletableFuture<Void> throwing =
        first
            .done()
            .thenAccept(
                fates -> {
                  throw new IllegalStateException("in the caller's code");
                });
    sink.last().written();
    Publication second = submit(batcher, "b");
    sink.last().written();

    assertThat(throwing).isCompletedExceptionally();
    assertThat(second.done()).isCompletedWithValue(List.of(Fate.INDEXED));
  }
}

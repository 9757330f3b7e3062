package dev.eventstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.DocumentBatchBuilder;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Closing a stream, with real threads. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class EventStreamCloseTest {
  private static final Outcome CLOSED =
      new Outcome.Refused(Refusal.CLOSED, "the stream is closed", Duration.ofSeconds(5));
  private static final Outcome NOT_WRITTEN =
      new Outcome.Refused(
          Refusal.CLOSED, "the stream was closed before it was written", Duration.ofSeconds(5));

  private static final class Sink implements EventSink {
    final Function<DocumentBatch, CompletionStage<SinkResult>> answer;
    final AtomicInteger closed = new AtomicInteger();

    Sink(Function<DocumentBatch, CompletionStage<SinkResult>> answer) {
      this.answer = answer;
    }

    @Override
    public CompletionStage<SinkResult> write(DocumentBatch documents) {
      return answer.apply(documents);
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  private static CompletionStage<SinkResult> never(DocumentBatch documents) {
    return new CompletableFuture<>();
  }

  private static CompletionStage<SinkResult> written(DocumentBatch documents) {
    return CompletableFuture.completedFuture(SinkResult.all(documents.size(), ItemResult.WRITTEN));
  }

  private static List<Thread> timers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("eventstream-timer") && thread.isAlive())
        .toList();
  }

  @Test
  void waitsForOutstandingAnswers() throws Exception {
    CompletableFuture<SinkResult> answer = new CompletableFuture<>();
    EventStream stream = EventStream.builder().sink(new Sink(batch -> answer)).build();
    CompletableFuture<Outcome> outcome = stream.publish(Event.of("a", "b"));
    Thread closing = new Thread(stream::close);
    closing.start();
    await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
    answer.complete(SinkResult.all(1, ItemResult.WRITTEN));
    closing.join();

    assertThat(outcome.join()).isInstanceOf(Outcome.Indexed.class);
  }

  @Test
  void sendsLingeringDocumentsImmediately() {
    List<Integer> sizes = new ArrayList<>();
    CompletableFuture<SinkResult> first = new CompletableFuture<>();
    Sink sink =
        new Sink(
            batch -> {
              sizes.add(batch.size());
              return sizes.size() == 1 ? first : written(batch);
            });
    EventStream stream =
        EventStream.builder()
            .sink(sink)
            .linger(Duration.ofHours(1))
            .closeTimeout(Duration.ZERO)
            .build();
    CompletableFuture<Outcome> held = stream.publish(Event.of("a", "b"));
    CompletableFuture<Outcome> lingering = stream.publish(Event.of("a", "b"));
    assertThat(lingering).isNotDone();
    stream.close();

    assertThat(lingering.join()).isInstanceOf(Outcome.Indexed.class);
    assertThat(held.join()).isEqualTo(NOT_WRITTEN);
  }

  @Test
  void refusesUnansweredEventsAfterTheTimeoutAndEndsItsThread() {
    Sink sink = new Sink(EventStreamCloseTest::never);
    EventStream stream =
        EventStream.builder().sink(sink).closeTimeout(Duration.ofMillis(20)).build();
    List<Event> three = List.of(Event.of("a", "1"), Event.of("a", "2"), Event.of("a", "3"));
    CompletableFuture<List<Outcome>> outcomes = stream.publishAll(three);
    stream.close();

    assertThat(outcomes.join()).containsExactly(NOT_WRITTEN, NOT_WRITTEN, NOT_WRITTEN);
    assertThat(sink.closed).hasValue(1);
    assertThat(timers()).isEmpty();
  }

  @Test
  void refusesEventsAfterClosing() throws IOException {
    EventStream stream =
        EventStream.builder().sink(new Sink(EventStreamCloseTest::written)).build();
    stream.close();

    assertThat(stream.publish(Event.of("a", "b")).join()).isEqualTo(CLOSED);
    assertThat(stream.publishAll(List.of(Event.of("a", "b"))).join()).containsExactly(CLOSED);
    assertThat(stream.publishAll(EventReader.of(Reading.utf8("[7," + Reading.OK + "]"))).join())
        .containsExactly(CLOSED, CLOSED);
  }

  @Test
  void closesSinkAndTransformerOnce() {
    Sink sink = new Sink(EventStreamCloseTest::written);
    AtomicInteger closed = new AtomicInteger();
    EventTransformer transformer =
        new EventTransformer() {
          @Override
          public void transform(Event event, DocumentBatchBuilder documents) {}

          @Override
          public void close() {
            closed.incrementAndGet();
          }
        };
    EventStream stream = EventStream.builder().sink(sink).transformer(transformer).build();
    stream.close();
    stream.close();

    assertThat(sink.closed).hasValue(1);
    assertThat(closed).hasValue(1);
  }

  @Test
  void closesTheTransformerEvenIfTheSinkFailsToClose() {
    AtomicBoolean closed = new AtomicBoolean();
    IdResolver resolver =
        new IdResolver() {
          @Override
          public @Nullable String resolve(String eventType, String eventValue) {
            return null;
          }

          @Override
          public void close() {
            closed.set(true);
          }
        };
    EventSink sink =
        new EventSink() {
          @Override
          public CompletionStage<SinkResult> write(DocumentBatch documents) {
            return written(documents);
          }

          @Override
          public void close() {
            throw new IllegalStateException("does not close");
          }
        };
    EventStream stream = EventStream.builder().sink(sink).idResolver(resolver).build();

    assertThatThrownBy(stream::close).hasMessage("does not close");
    assertThat(closed).isTrue();
    assertThat(timers()).isEmpty();
  }

  @Test
  void anInterruptedThreadClosesImmediatelyAndStaysInterrupted() throws Exception {
    EventStream stream =
        EventStream.builder()
            .sink(new Sink(EventStreamCloseTest::never))
            .closeTimeout(Duration.ofHours(1))
            .build();
    CompletableFuture<Outcome> outcome = stream.publish(Event.of("a", "b"));
    AtomicBoolean interrupted = new AtomicBoolean();
    Thread closing =
        new Thread(
            () -> {
              stream.close();
              interrupted.set(Thread.currentThread().isInterrupted());
            });
    closing.start();
    await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
    closing.interrupt();
    closing.join();

    assertThat(outcome.join()).isEqualTo(NOT_WRITTEN);
    assertThat(interrupted).isTrue();
  }

  /** The time-out is reported on the stream's own thread, which closing must not wait for then. */
  @Test
  void canBeClosedByTheContinuationOfAnEventThatTimedOut() {
    EventStream stream =
        EventStream.builder()
            .sink(new Sink(EventStreamCloseTest::never))
            .deliveryTimeout(Duration.ofMillis(1))
            .build();
    CompletableFuture<Outcome> closed =
        stream
            .publish(Event.of("a", "b"))
            .thenApply(
                outcome -> {
                  stream.close();
                  return outcome;
                });

    assertThat(closed.join())
        .isEqualTo(
            new Outcome.Refused(
                Refusal.TIMEOUT,
                "not acknowledged within the delivery time-out of 1 ms",
                Duration.ofSeconds(5)));
    await().until(() -> timers().isEmpty());
  }

  /** Events published while the stream closes are accepted or refused, but never rejected. */
  @Test
  void eventsAreNotRejectedBecauseTheResolverIsClosed() throws Exception {
    for (int round = 0; round < 200; round++) {
      AtomicBoolean resolverClosed = new AtomicBoolean();
      IdResolver resolver =
          new IdResolver() {
            @Override
            public @Nullable String resolve(String eventType, String eventValue) {
              if (resolverClosed.get()) {
                throw new IllegalStateException("closed");
              }
              return "id";
            }

            @Override
            public void close() {
              resolverClosed.set(true);
            }
          };
      EventStream stream =
          EventStream.builder()
              .sink(new Sink(EventStreamCloseTest::written))
              .idResolver(resolver)
              .build();
      CountDownLatch warm = new CountDownLatch(100);
      List<Outcome> rejected = new ArrayList<>();
      Thread publishing =
          new Thread(
              () -> {
                Outcome outcome;
                do {
                  outcome = stream.publish(Event.of("a", "b")).join();
                  warm.countDown();
                  if (outcome instanceof Outcome.Rejected) {
                    rejected.add(outcome);
                  }
                } while (outcome.accepted());
              });
      publishing.start();
      warm.await();
      stream.close();
      publishing.join();

      assertThat(rejected).isEmpty();
    }
  }

  @Test
  void eventsPublishedDuringClosingGetTheCorrectOutcome() throws Exception {
    ScheduledExecutorService answering = Executors.newScheduledThreadPool(2);
    try {
      int indexed = 0;
      for (int round = 0; round < 20; round++) {
        Set<String> index = ConcurrentHashMap.newKeySet();
        AtomicInteger inFlight = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Sink sink = new Sink(batch -> answer(batch, index, answering, inFlight, most));
        EventStream stream =
            EventStream.builder()
                .sink(sink)
                .maxBatchEvents(20)
                .linger(Duration.ofMillis(1))
                .maxInFlightRequests(3)
                .maxInFlightBytes(200_000)
                .backoff(Duration.ofMillis(1), Duration.ofMillis(4))
                .closeTimeout(Duration.ofMillis(round % 2 * 100L))
                .build();
        Queue<CompletableFuture<List<Outcome>>> outcomes = new ConcurrentLinkedQueue<>();
        CountDownLatch underWay = new CountDownLatch(3 * 50);
        List<Thread> publishing = new ArrayList<>();
        for (int thread = 0; thread < 3; thread++) {
          int seed = 100 * round + thread;
          publishing.add(
              new Thread(
                  () -> {
                    Random random = new Random(seed);
                    for (int i = 0; i < 300; i++) {
                      List<Event> events = new ArrayList<>();
                      for (int k = random.nextInt(10); k >= 0; k--) {
                        events.add(Event.of("a", "b").withDocumentId(seed + "-" + i + "-" + k));
                      }
                      outcomes.add(stream.publishAll(events));
                      underWay.countDown();
                    }
                  }));
        }
        publishing.forEach(Thread::start);
        underWay.await();
        stream.close();
        for (Thread thread : publishing) {
          thread.join();
        }

        // The sink's threads may still be completing the last ones.
        CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new))
            .get(10, TimeUnit.SECONDS);
        assertThat(outcomes).hasSize(900);
        for (CompletableFuture<List<Outcome>> outcome : outcomes) {
          for (Outcome one : outcome.join()) {
            if (one instanceof Outcome.Indexed i) {
              indexed++;
              assertThat(index).contains(i.documentId());
            } else {
              assertThat(one).isInstanceOf(Outcome.Refused.class);
            }
          }
        }
        assertThat(most.get()).isLessThanOrEqualTo(3);
        assertThat(timers()).isEmpty();
      }
      assertThat(indexed).isPositive();
    } finally {
      answering.shutdownNow();
    }
  }

  private static CompletionStage<SinkResult> answer(
      DocumentBatch batch,
      Set<String> index,
      ScheduledExecutorService answering,
      AtomicInteger inFlight,
      AtomicInteger most) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    int fault = random.nextInt(20);
    if (fault == 0) {
      throw new IllegalStateException("a bug");
    }
    most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
    CompletableFuture<SinkResult> answer = new CompletableFuture<>();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      ids.add(batch.get(i).id());
    }
    Runnable task =
        () -> {
          List<ItemResult> results = new ArrayList<>();
          for (String id : ids) {
            boolean busy = ThreadLocalRandom.current().nextInt(10) == 0;
            results.add(
                busy
                    ? new ItemResult.Failed(FailureClass.RETRY, "busy")
                    : index.add(id) ? ItemResult.WRITTEN : ItemResult.DUPLICATE);
          }
          inFlight.decrementAndGet();
          if (fault == 1) {
            answer.completeExceptionally(new IOException("connection reset"));
          } else {
            answer.complete(SinkResult.of(results));
          }
        };
    if (random.nextInt(3) == 0) {
      task.run();
    } else {
      var unused = answering.schedule(task, random.nextInt(2_000), TimeUnit.MICROSECONDS);
    }
    return answer;
  }
}

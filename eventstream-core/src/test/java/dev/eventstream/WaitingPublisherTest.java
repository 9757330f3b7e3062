package dev.eventstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.SinkResult;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class WaitingPublisherTest {
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final ItemResult BLOCKED = new ItemResult.Failed(FailureClass.BLOCKED, "403");

  /** Answers on a thread of its own, when the test lets it. */
  private static final class SlowSink implements EventSink {
    private final BlockingQueue<Runnable> answers = new LinkedBlockingQueue<>();
    private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
    final ConcurrentLinkedQueue<String> ids = new ConcurrentLinkedQueue<>();
    final AtomicInteger attempts = new AtomicInteger();
    volatile ItemResult result = ItemResult.WRITTEN;

    @Override
    public CompletionStage<SinkResult> write(DocumentBatch batch) {
      attempts.incrementAndGet();
      for (int i = 0; i < batch.size(); i++) {
        ids.add(batch.get(i).id());
      }
      CompletableFuture<SinkResult> answer = new CompletableFuture<>();
      int size = batch.size();
      answers.add(() -> answer.complete(SinkResult.all(size, result)));
      return answer;
    }

    /** Answers from now on. */
    void answer() {
      Thread answering =
          new Thread(
              () -> {
                try {
                  while (true) {
                    answers.take().run();
                  }
                } catch (InterruptedException e) {
                  // the end
                }
              });
      answering.setDaemon(true);
      thread.set(answering);
      answering.start();
    }

    @Override
    public void close() {
      Thread answering = thread.get();
      if (answering != null) {
        answering.interrupt();
      }
    }
  }

  private final SlowSink sink = new SlowSink();
  private final MemorySpool spool = new MemorySpool();
  private @Nullable EventStream opened;

  private EventStreamBuilder builder() {
    return EventStream.builder().sink(sink).closeTimeout(Duration.ZERO);
  }

  private EventStream open(EventStreamBuilder builder) {
    EventStream stream = builder.build();
    opened = stream;
    return stream;
  }

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  private static Event event(int number) {
    return Event.of("a", "event-" + number);
  }

  private static Stream<Event> events(int count) {
    return IntStream.range(0, count).mapToObj(WaitingPublisherTest::event);
  }

  @Test
  void aPlainLoopIsSlowedDownInsteadOfRefused() throws Exception {
    long limit = 20_000;
    EventStream stream = open(builder().maxInFlightBytes(limit));
    sink.answer();
    WaitingPublisher publisher = stream.waiting(LONG);
    AtomicInteger indexed = new AtomicInteger();
    long most = 0;
    CompletableFuture<?> last = CompletableFuture.completedFuture(null);

    for (int i = 0; i < 10_000; i++) {
      CompletableFuture<Outcome> outcome = publisher.publish(event(i));
      most = Math.max(most, stream.state().inFlightBytes());
      last =
          last.thenCombine(
              outcome,
              (before, one) -> one instanceof Outcome.Indexed ? indexed.incrementAndGet() : -1);
    }
    last.join();

    assertThat(indexed).hasValue(10_000);
    assertThat(most).isPositive().isLessThanOrEqualTo(limit);
    assertThat(sink.ids).doesNotHaveDuplicates().hasSize(10_000);
  }

  @Test
  void countsTheMemoryOfTheCallsAndNotOnlyOfTheirEvents() throws Exception {
    EventStream stream = open(builder());
    WaitingPublisher publisher = stream.waiting(LONG);

    for (int i = 0; i < 100; i++) {
      var unused = publisher.publish(event(i)); // held by the sink
    }

    assertThat(stream.state().inFlightBytes()).isGreaterThan(100 * 1_024);
  }

  @Test
  void refusesAfterTheTimeOut() throws Exception {
    EventStream stream = open(builder().maxInFlightBytes(300));
    var unused = stream.publish(event(0)); // held by the sink

    assertThat(stream.waiting(Duration.ofMillis(20)).publish(event(1)).join())
        .isEqualTo(
            new Outcome.Refused(
                Refusal.IN_FLIGHT, "too many bytes are in flight", Duration.ofSeconds(1)));
    assertThat(stream.waiting(Duration.ZERO).publish(event(1)).join().kind())
        .isEqualTo(Outcome.Kind.REFUSED);
  }

  /** Calls on another thread; waits until it waits. */
  private static Thread waiting(Runnable call) {
    Thread thread = new Thread(call);
    thread.start();
    await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    return thread;
  }

  @Test
  void anInterruptEndsTheWaitAndNothingIsPublished() throws Exception {
    EventStream stream = open(builder().maxInFlightBytes(300));
    var unused = stream.publish(event(0)); // held by the sink
    AtomicReference<Object> result = new AtomicReference<>();
    Thread thread =
        waiting(
            () -> {
              try {
                result.set(stream.waiting(LONG).publish(event(1)));
              } catch (InterruptedException e) {
                result.set(e);
              }
            });

    thread.interrupt();
    thread.join();

    assertThat(result.get()).isInstanceOf(InterruptedException.class);
    sink.answer();
    await().until(() -> stream.state().inFlightBytes() == 0);
    assertThat(sink.ids).hasSize(1);
  }

  @Test
  void closingTheStreamEndsTheWait() throws Exception {
    EventStream stream = open(builder().maxInFlightBytes(300));
    var unused = stream.publish(event(0)); // held by the sink
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    Thread thread =
        waiting(
            () -> {
              try {
                outcome.complete(stream.waiting(LONG).publish(event(1)).join());
              } catch (InterruptedException e) {
                outcome.completeExceptionally(e);
              }
            });

    stream.close();

    assertThat(outcome.join())
        .isInstanceOfSatisfying(
            Outcome.Refused.class, no -> assertThat(no.code()).isEqualTo(Refusal.CLOSED));
    thread.join();
  }

  @Test
  void waitsForRoomInTheSpoolAndKeepsTheIdAndTheBytes() throws Exception {
    spool.refusal = "full";
    sink.result = BLOCKED;
    sink.answer();
    EventStream stream = open(builder().spool(spool));
    assertThat(stream.publish(event(0)).join().kind()).isEqualTo(Outcome.Kind.REFUSED);
    sink.ids.clear();

    CompletableFuture<Outcome> outcome = stream.waiting(LONG).publish(event(1));
    assertThat(stream.state().inFlightBytes()).isPositive();
    assertThat(outcome).isNotDone();
    spool.refusal = null;

    assertThat(outcome.join()).isInstanceOf(Outcome.Spooled.class);
    assertThat(((Outcome.Accepted) outcome.join()).documentId()).isEqualTo(spool.ids().get(0));
    assertThat(spool.ids()).hasSize(1);
    assertThat(stream.state().inFlightBytes()).isZero();
  }

  @Test
  void onlyRefusedDocumentsAreSubmittedAgain() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    List<List<String>> written = new ArrayList<>();
    EventSink second =
        new EventSink() {
          @Override
          public CompletionStage<SinkResult> write(DocumentBatch batch) {
            List<ItemResult> results = new ArrayList<>();
            List<String> types = new ArrayList<>();
            boolean first = calls.getAndIncrement() == 0;
            for (int i = 0; i < batch.size(); i++) {
              String type = String.valueOf(batch.get(i).eventType());
              types.add(type);
              results.add(first && type.equals("late") ? BLOCKED : ItemResult.WRITTEN);
            }
            written.add(types);
            return CompletableFuture.completedFuture(SinkResult.of(results));
          }

          @Override
          public void close() {}
        };
    EventStream stream = open(EventStream.builder().sink(second));

    List<Outcome> outcomes =
        stream
            .waiting(LONG)
            .publishAll(
                List.of(Event.of("a", "1"), Event.of("late", "2"), Event.of("b", "3"), broken()))
            .join();

    assertThat(outcomes)
        .extracting(Outcome::kind)
        .containsExactly(
            Outcome.Kind.INDEXED,
            Outcome.Kind.INDEXED,
            Outcome.Kind.INDEXED,
            Outcome.Kind.REJECTED);
    assertThat(written).containsExactly(List.of("a", "late", "b"), List.of("late"));
  }

  private static BrokenEvent broken() {
    return new BrokenEvent(3, dev.eventstream.spi.Rejection.MALFORMED_JSON, "broken", 7);
  }

  @Test
  void anAttemptThatArrivedAfterItsTimeOutCountsAsIndexed() throws Exception {
    EventStream stream = open(builder().deliveryTimeout(Duration.ofMillis(20)));
    CompletableFuture<Outcome> outcome = stream.waiting(LONG).publish(event(1));
    await().until(() -> sink.ids.size() >= 2);
    sink.result = ItemResult.DUPLICATE;
    sink.answer();

    assertThat(outcome.join()).isInstanceOf(Outcome.Indexed.class);
    assertThat(sink.ids).containsOnly(((Outcome.Accepted) outcome.join()).documentId());
  }

  @Test
  void closingTheStreamEndsAPauseBetweenAttempts() throws Exception {
    spool.refusal = "full";
    sink.result = BLOCKED;
    sink.answer();
    EventStream stream = open(builder().spool(spool).closeTimeout(LONG));
    CompletableFuture<Outcome> outcome = stream.waiting(LONG).publish(event(1));

    stream.close();

    assertThat(outcome.join()).isInstanceOf(Outcome.Refused.class);
    assertThat(spool.ids()).isEmpty();
  }

  @Test
  void refusesWhenTheSpoolHasNoRoomUntilTheTimeOut() throws Exception {
    spool.refusal = "full";
    sink.result = BLOCKED;
    sink.answer();
    EventStream stream = open(builder().spool(spool));

    Outcome outcome = stream.waiting(Duration.ofMillis(120)).publish(event(1)).join();

    assertThat(outcome)
        .isEqualTo(new Outcome.Refused(Refusal.SPOOL, "full", Duration.ofSeconds(10)));
    assertThat(stream.state().inFlightBytes()).isZero();
  }

  @Test
  void countsTheOutcomesOfAnInputAndReportsEachFailure() throws Exception {
    sink.answer();
    EventStream stream =
        open(builder().maxInFlightBytes(50_000).steps(EventSteps.drop(EventSteps.ofType("drop"))));
    List<FailedEvent> failures = new ArrayList<>();
    Stream<Event> events =
        IntStream.range(0, 5_000)
            .mapToObj(i -> Event.of(i % 100 == 7 ? "No Index" : i % 100 == 8 ? "drop" : "a", "x"));

    PublishReport report = stream.waiting(LONG).onFailure(failures::add).publishEach(events);

    assertThat(report.indexed()).isEqualTo(4_900);
    assertThat(report.dropped()).isEqualTo(50);
    assertThat(report.rejected()).isEqualTo(50);
    assertThat(report.events()).isEqualTo(5_000);
    assertThat(report.complete()).isTrue();
    assertThat(failures).hasSize(50);
    assertThat(failures.get(1).position()).isEqualTo(107);
    assertThat(failures.get(1).reason()).startsWith("eventType \"No Index\" must be");
    assertThat(((Event) failures.get(1).event()).eventType()).isEqualTo("No Index");
    assertThat(report.failures()).isEqualTo(failures.subList(0, PublishReport.MOST_FAILURES));
  }

  @Test
  void readsNoMoreThanAFewBatchesAhead() throws Exception {
    EventStream stream = open(builder());
    AtomicInteger taken = new AtomicInteger();
    CompletableFuture<PublishReport> report = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                report.complete(
                    stream
                        .waiting(LONG)
                        .publishEach(events(100_000).peek(event -> taken.incrementAndGet())));
              } catch (InterruptedException e) {
                report.completeExceptionally(e);
              }
            });
    thread.start();
    await().until(() -> thread.getState() == Thread.State.WAITING && taken.get() > 8_000);

    assertThat(taken).hasValueLessThanOrEqualTo(9_001);
    sink.answer();
    assertThat(report.join().indexed()).isEqualTo(100_000);
    thread.join();
  }

  @Test
  void endsAtARefusedEventAndLeavesTheRestInTheIterator() throws Exception {
    spool.refusal = "full";
    sink.result = BLOCKED;
    sink.answer();
    EventStream stream = open(builder().spool(spool));
    Iterator<Event> events = events(1_000_000).iterator();
    List<Outcome.Refused> waits = new ArrayList<>();

    PublishReport report =
        stream.waiting(Duration.ofMillis(70)).onWait(waits::add).publishEach(events);

    assertThat(report.complete()).isFalse();
    assertThat(report.refused()).isEqualTo(report.events()).isBetween(1_000L, 9_000L);
    assertThat(report.failures().get(0).outcome()).isInstanceOf(Outcome.Refused.class);
    assertThat(waits).extracting(Outcome.Refused::reason).isNotEmpty().containsOnly("full");
    assertThat(events.next().eventValue()).isEqualTo("event-" + report.events());
  }

  @Test
  void anInterruptedRunSubmitsNothingAgain() throws Exception {
    spool.refusal = "full";
    sink.result = BLOCKED;
    sink.answer();
    EventStream stream = open(builder().spool(spool));
    Thread publishing = Thread.currentThread();

    assertThatThrownBy(
            () ->
                stream
                    .waiting(LONG)
                    .onWait(refused -> publishing.interrupt())
                    .publishEach(List.of(event(1))))
        .isInstanceOf(InterruptedException.class);
    await().until(() -> stream.state().inFlightBytes() == 0);
    assertThat(spool.ids()).isEmpty();
  }

  @Test
  void publishesTheEventsOfAReaderAndThoseBeforeItsFault() throws Exception {
    sink.answer();
    EventStream stream = open(builder());
    byte[] some = Reading.utf8("[" + Reading.OK + ",{bad}," + Reading.OK + "]");
    InputStream closed = InputStream.nullInputStream();
    closed.close();

    PublishReport report = stream.waiting(LONG).publishEach(EventReader.of(some));
    assertThat(report.indexed()).isEqualTo(2);
    assertThat(report.failures())
        .singleElement()
        .satisfies(failed -> assertThat(failed.position()).isEqualTo(1));
    sink.ids.clear();
    InputStream cut =
        new SequenceInputStream(new ByteArrayInputStream(Reading.utf8(Reading.OK)), closed);
    assertThatThrownBy(() -> stream.waiting(LONG).publishEach(EventReader.of(cut)))
        .isInstanceOf(IOException.class);
    assertThat(sink.ids).hasSize(1);
  }

  @Test
  void publishesTheItemsOfAPublisherAndRequestsFewAtATime() throws Exception {
    sink.answer();
    EventStream stream = open(builder().maxInFlightBytes(20_000));
    AtomicLong requested = new AtomicLong();
    AtomicLong most = new AtomicLong();
    int count = 5_000;
    Flow.Publisher<Event> publisher =
        subscriber ->
            subscriber.onSubscribe(
                new Flow.Subscription() {
                  private int next;
                  private boolean sending;

                  @Override
                  public void request(long more) {
                    requested.addAndGet(more);
                    if (sending) {
                      return;
                    }
                    sending = true;
                    while (next < count && next < requested.get()) {
                      most.accumulateAndGet(requested.get() - next, Math::max);
                      subscriber.onNext(event(next++));
                    }
                    sending = false;
                    if (next == count) {
                      next++;
                      subscriber.onComplete();
                    }
                  }

                  @Override
                  public void cancel() {}
                });

    PublishReport report = stream.waiting(LONG).publishEach(publisher);

    assertThat(report.indexed()).isEqualTo(count);
    assertThat(report.complete()).isTrue();
    assertThat(most.get()).isLessThanOrEqualTo(64);
  }

  @Test
  void anItemThatArrivesAloneIsPublishedImmediately() throws Exception {
    sink.answer();
    EventStream stream = open(builder());
    ExecutorService threads = Executors.newCachedThreadPool();
    try (SubmissionPublisher<Event> publisher = new SubmissionPublisher<>(threads, 16)) {
      Future<PublishReport> report =
          threads.submit(() -> stream.waiting(LONG).publishEach(publisher));
      await().until(() -> publisher.getNumberOfSubscribers() == 1);
      publisher.submit(event(1));
      await().until(() -> sink.ids.size() == 1);
      publisher.submit(event(2));
      await().until(() -> sink.ids.size() == 2);
      publisher.close();

      assertThat(report.get().indexed()).isEqualTo(2);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void publishesWhatCameBeforeTheFailureOfAPublisher() throws Exception {
    sink.answer();
    EventStream stream = open(builder());
    IOException failure = new IOException("disk");
    Flow.Publisher<Event> failing =
        subscriber ->
            subscriber.onSubscribe(
                new Flow.Subscription() {
                  @Override
                  public void request(long more) {
                    subscriber.onNext(event(1));
                    subscriber.onError(failure);
                  }

                  @Override
                  public void cancel() {}
                });

    assertThatThrownBy(() -> stream.waiting(LONG).publishEach(failing))
        .isInstanceOf(CompletionException.class)
        .hasCause(failure);
    assertThat(sink.ids).hasSize(1);
  }

  @Test
  void acknowledgesFromTheSpoolOnRequest() throws Exception {
    EventStream stream = open(builder().spool(spool));

    assertThat(
            stream
                .waiting(LONG)
                .acknowledge(Acknowledgement.SPOOLED)
                .publishEach(List.of(event(1), event(2)))
                .spooled())
        .isEqualTo(2);
  }

  @Test
  void checksItsSettings() {
    EventStream stream = open(builder());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> stream.waiting(Duration.ofMillis(-1)))
        .withMessage("maxWait is PT-0.001S; it must be zero or more");
    assertThatIllegalStateException()
        .isThrownBy(() -> stream.waiting(LONG).acknowledge(Acknowledgement.SPOOLED));
  }

  @Test
  void manyVirtualThreadsWaitWithoutOccupyingTheirCarriers() throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "virtual threads need Java 21");
    ExecutorService threads =
        (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    EventStream stream = open(builder().maxInFlightBytes(1_000));
    WaitingPublisher publisher = stream.waiting(LONG);
    try {
      List<Future<Outcome>> outcomes = new ArrayList<>();
      AtomicInteger started = new AtomicInteger();
      for (int i = 0; i < 2_000; i++) { // many more than carriers
        Event event = event(i);
        outcomes.add(
            threads.submit(
                () -> {
                  started.incrementAndGet();
                  return publisher.publish(event).get();
                }));
      }
      await().until(() -> started.get() == 2_000); // although the first ones wait
      assertThat(threads.submit(() -> "free").get(30, TimeUnit.SECONDS)).isEqualTo("free");
      sink.answer();
      for (Future<Outcome> outcome : outcomes) {
        assertThat(outcome.get()).isInstanceOf(Outcome.Indexed.class);
      }
    } finally {
      threads.shutdownNow();
    }
  }
}

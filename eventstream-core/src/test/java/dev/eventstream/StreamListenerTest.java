package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.eventstream.observe.BulkAttempt;
import dev.eventstream.observe.PublishCounts;
import dev.eventstream.observe.PublishedEvent;
import dev.eventstream.observe.SpoolExit;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.observe.StreamState;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Notifications of a listener, compared with the answers to publishers. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class StreamListenerTest {
  private static final ItemResult RETRY = new ItemResult.Failed(FailureClass.RETRY, "busy");
  private static final ItemResult NEVER = new ItemResult.Failed(FailureClass.NEVER, "no mapping");
  private static final ItemResult BLOCKED = new ItemResult.Failed(FailureClass.BLOCKED, "403");
  private static final ItemResult TOO_LARGE = new ItemResult.Failed(FailureClass.TOO_LARGE, "413");

  private final Recorder recorder = new Recorder();
  private final Sink sink = new Sink();
  private final MemorySpool spool = new MemorySpool();

  /** Records all notifications. */
  private static final class Recorder implements StreamListener {
    final List<PublishCounts> published = new CopyOnWriteArrayList<>();
    final List<PublishedEvent> events = new CopyOnWriteArrayList<>();
    final List<BulkAttempt> attempts = new CopyOnWriteArrayList<>();
    final List<String> breaker = new CopyOnWriteArrayList<>();
    final AtomicInteger spooled = new AtomicInteger();
    final AtomicInteger spooledBytes = new AtomicInteger();
    final AtomicInteger replayed = new AtomicInteger();
    final AtomicInteger deadLettered = new AtomicInteger();
    final List<String> left = new CopyOnWriteArrayList<>();
    final AtomicInteger sheltered = new AtomicInteger();

    final Queue<String> origins = new ConcurrentLinkedQueue<>();
    final List<Object> spooledFor = new CopyOnWriteArrayList<>();

    @Override
    public @Nullable Object publishing() {
      return origins.poll();
    }

    @Override
    public void published(PublishCounts counts) {
      published.add(counts);
    }

    @Override
    public void publishedEvents(int count, IntFunction<PublishedEvent> event) {
      for (int i = 0; i < count; i++) {
        events.add(event.apply(i));
      }
    }

    @Override
    public void attempted(BulkAttempt attempt) {
      attempts.add(attempt);
    }

    @Override
    public void breakerOpened(String reason) {
      breaker.add("opened: " + reason);
    }

    @Override
    public void breakerClosed() {
      breaker.add("closed");
    }

    @Override
    public void spooled(int documents, long bytes, long nanos, @Nullable Object origin) {
      assertThat(nanos).isNotNegative();
      spooled.addAndGet(documents);
      if (origin != null) {
        spooledFor.add(origin);
      }
      spooledBytes.addAndGet((int) bytes);
    }

    @Override
    public void replayed(int documents) {
      replayed.addAndGet(documents);
    }

    @Override
    public void left(DocumentBatch documents, IntFunction<@Nullable SpoolExit> exits) {
      for (int i = 0; i < documents.size(); i++) {
        SpoolExit exit = exits.apply(i);
        if (exit != null) {
          left.add(documents.get(i).id() + " " + exit);
        }
      }
    }

    @Override
    public void sheltered(int documents) {
      sheltered.addAndGet(documents);
    }

    @Override
    public void deadLettered(int documents) {
      deadLettered.addAndGet(documents);
    }

    PublishCounts only() {
      assertThat(published).hasSize(1);
      return published.get(0);
    }

    List<BulkAttempt.Result> results() {
      return attempts.stream().map(BulkAttempt::result).toList();
    }
  }

  /** Answers immediately, each batch as the test says. */
  private static final class Sink implements EventSink {
    volatile Function<DocumentBatch, CompletionStage<SinkResult>> behaviour =
        batch -> done(SinkResult.all(batch.size(), ItemResult.WRITTEN));
    volatile CompletionStage<Void> check = CompletableFuture.completedFuture(null);

    static CompletionStage<SinkResult> done(SinkResult result) {
      return CompletableFuture.completedFuture(result);
    }

    void all(ItemResult result) {
      behaviour = batch -> done(SinkResult.all(batch.size(), result));
    }

    void byId(Map<String, ItemResult> results) {
      behaviour =
          batch -> {
            List<ItemResult> all = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
              all.add(results.getOrDefault(batch.get(i).id(), ItemResult.WRITTEN));
            }
            return done(SinkResult.of(all));
          };
    }

    /** Returns these results in turn, and the last one from then on. */
    void inTurn(ItemResult... results) {
      AtomicInteger next = new AtomicInteger();
      behaviour =
          batch -> {
            ItemResult result = results[Math.min(next.getAndIncrement(), results.length - 1)];
            return done(SinkResult.all(batch.size(), result));
          };
    }

    @Override
    public CompletionStage<SinkResult> write(DocumentBatch documents) {
      return behaviour.apply(documents);
    }

    @Override
    public CompletionStage<Void> check() {
      return check;
    }

    @Override
    public void close() {}
  }

  private EventStreamBuilder builder() {
    return EventStream.builder()
        .sink(sink)
        .listener(recorder)
        .backoff(Duration.ofMillis(1), Duration.ofMillis(2));
  }

  private static Event event(String id) {
    return Event.of("pageview", "home").withDocumentId(id);
  }

  private static List<Event> events(int count) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(event("d" + i));
    }
    return events;
  }

  @Test
  void reportsACallOnceAndBeforeItIsAnswered() {
    try (EventStream stream = builder().build()) {
      List<Integer> toldBefore = new ArrayList<>();
      stream
          .publishAll(events(7))
          .thenAccept(o -> toldBefore.add(recorder.published.size()))
          .join();

      assertThat(toldBefore).containsExactly(1);
      PublishCounts counts = recorder.only();
      assertThat(counts.indexed()).isEqualTo(7);
      assertThat(counts.duplicates() + counts.spooled() + counts.deadLettered()).isZero();
      assertThat(counts.rejectedInAll() + counts.refusedInAll() + counts.idMisses()).isZero();
      assertThat(counts.nanos()).isPositive();
      assertThat(recorder.attempts).hasSize(1);
      BulkAttempt attempt = recorder.attempts.get(0);
      assertThat(attempt.documents()).isEqualTo(7);
      assertThat(attempt.bytes()).isGreaterThan(7 * 50);
      assertThat(attempt.attempt()).isZero();
      assertThat(attempt.replay()).isFalse();
      assertThat(attempt.result()).isEqualTo(BulkAttempt.Result.WRITTEN);
      assertThat(attempt.nanos()).isPositive();
    }
  }

  @Test
  void countsEachOutcomeOfACall() throws Exception {
    ItemResult sheltered = new ItemResult.Sheltered("no mapping");
    sink.byId(
        Map.of("dup", ItemResult.DUPLICATE, "dead", NEVER, "blocked", BLOCKED, "b", sheltered));
    try (EventStream stream = builder().spool(spool).build()) {
      List<ReadEvent> events =
          new ArrayList<>(List.of(event("a"), event("dup"), event("dead"), event("blocked")));
      events.add(event("b"));
      events.add(new BrokenEvent(5, Rejection.MALFORMED_JSON, "no JSON", 0));
      events.add(Event.of("UPPER CASE", "v"));
      stream.publishAll(events).join();

      PublishCounts counts = recorder.only();
      assertThat(counts.indexed()).isEqualTo(2);
      assertThat(counts.duplicates()).isEqualTo(1);
      assertThat(counts.deadLettered()).isEqualTo(1);
      assertThat(counts.spooled()).isEqualTo(1);
      assertThat(counts.rejected())
          .isEqualTo(Map.of(Rejection.MALFORMED_JSON, 1, Rejection.INVALID_EVENT_TYPE, 1));
      assertThat(counts.rejectedInAll()).isEqualTo(2);
      assertThat(counts.refused()).isEmpty();
      assertThat(recorder.results()).startsWith(BulkAttempt.Result.MIXED);
      assertThat(recorder.deadLettered).hasValue(1);
      assertThat(recorder.sheltered).hasValue(1);
      assertThat(recorder.spooled).hasValue(1);
      assertThat(recorder.spooledBytes.get()).isGreaterThan(50);
    }
  }

  @Test
  void aCallWithOnlyBrokenEventsHasNoDuration() throws Exception {
    try (EventStream stream = builder().build()) {
      stream.publishAll(EventReader.of("[{]".getBytes(UTF_8))).join();

      PublishCounts counts = recorder.only();
      assertThat(counts.rejectedInAll()).isEqualTo(1);
      assertThat(counts.nanos()).isZero();
      assertThat(recorder.attempts).isEmpty();
    }
  }

  @Test
  void reportsEachRetryAsAnAttemptAndTheOutcomeOnce() {
    sink.inTurn(RETRY, RETRY, ItemResult.WRITTEN);
    try (EventStream stream = builder().build()) {
      stream.publishAll(events(3)).join();

      assertThat(recorder.results())
          .containsExactly(
              BulkAttempt.Result.RETRY, BulkAttempt.Result.RETRY, BulkAttempt.Result.WRITTEN);
      assertThat(recorder.attempts).extracting(BulkAttempt::attempt).containsExactly(0, 1, 2);
      assertThat(recorder.only().indexed()).isEqualTo(3);
    }
  }

  @Test
  void reportsTheHalvesOfATooLargeBatch() {
    sink.inTurn(TOO_LARGE, ItemResult.WRITTEN);
    try (EventStream stream = builder().build()) {
      stream.publishAll(events(5)).join();

      assertThat(recorder.results())
          .containsExactly(
              BulkAttempt.Result.TOO_LARGE, BulkAttempt.Result.WRITTEN, BulkAttempt.Result.WRITTEN);
      assertThat(recorder.attempts).extracting(BulkAttempt::documents).containsExactly(5, 2, 3);
      assertThat(recorder.only().indexed()).isEqualTo(5);
    }
  }

  @Test
  void reportsWhyEventsWereRefused() {
    sink.behaviour = batch -> new CompletableFuture<>();
    EventStream stream =
        builder().maxInFlightBytes(300).deliveryTimeout(Duration.ofMillis(200)).build();
    CompletableFuture<Outcome> waits = stream.publish(event("a"));
    stream.publishAll(events(4)).join();
    assertThat(recorder.only().refused()).isEqualTo(Map.of(Refusal.IN_FLIGHT, 4));
    assertThat(recorder.only().nanos()).isZero();
    waits.join();
    assertThat(recorder.published.get(1).refused()).isEqualTo(Map.of(Refusal.TIMEOUT, 1));
    assertThat(recorder.published.get(1).nanos()).isGreaterThan(20_000_000);
    sink.all(BLOCKED);
    stream.publish(event("b")).join();
    assertThat(recorder.published.get(2).refused()).isEqualTo(Map.of(Refusal.CLUSTER, 1));
    assertThat(stream.state().clusterFailure()).isEqualTo("403");
    stream.close();
    stream.publish(event("c")).join();

    assertThat(recorder.published.get(3).refused()).isEqualTo(Map.of(Refusal.CLOSED, 1));
    assertThat(recorder.published).hasSize(4);
  }

  @Test
  void passesTheOriginsOfThePublishCalls() {
    recorder.origins.add("first");
    recorder.origins.add("second");
    sink.inTurn(ItemResult.WRITTEN, BLOCKED);
    try (EventStream stream = builder().spool(spool).build()) {
      stream.publishAll(events(3)).join();
      stream.publishAll(events(2)).join();
      stream.publishAll(events(1)).join();

      assertThat(recorder.attempts)
          .extracting(BulkAttempt::origins)
          .startsWith(List.of("first"), List.of("second"));
      assertThat(recorder.spooledFor).containsExactly("second");
    }
  }

  @Test
  void reportsThatTheSpoolIsFull() {
    spool.refusal = "full";
    sink.all(BLOCKED);
    try (EventStream stream = builder().spool(spool).build()) {
      stream.publishAll(events(2)).join();

      assertThat(recorder.only().refused()).isEqualTo(Map.of(Refusal.SPOOL, 2));
      assertThat(recorder.spooled).hasValue(0);
    }
  }

  @Test
  void reportsEachStepThroughTheSpoolOnce() {
    sink.all(BLOCKED);
    sink.check = CompletableFuture.failedFuture(new IOException("gone"));
    try (EventStream stream = builder().spool(spool).build()) {
      stream.publishAll(events(3)).join();
      stream.publishAll(events(2)).join();
      assertThat(recorder.published).extracting(PublishCounts::spooled).containsExactly(3, 2);
      assertThat(recorder.breaker).containsExactly("opened: 403");
      StreamState open = stream.state();
      assertThat(open.clusterTakes()).isFalse();
      assertThat(open.clusterFailure()).isEqualTo("403");
      assertThat(open.backlog()).isNotNull();
      assertThat(open.backlog().spool().documents()).isEqualTo(5);

      sink.check = CompletableFuture.completedFuture(null);
      sink.all(ItemResult.WRITTEN);
      await().until(() -> spool.ids().isEmpty());

      assertThat(recorder.spooled).hasValue(5);
      assertThat(recorder.replayed).hasValue(5);
      await().until(() -> recorder.breaker.size() == 2);
      assertThat(recorder.breaker).containsExactly("opened: 403", "closed");
      assertThat(recorder.attempts.stream().filter(BulkAttempt::replay))
          .allMatch(attempt -> attempt.result() == BulkAttempt.Result.WRITTEN)
          .extracting(BulkAttempt::documents)
          .containsExactlyInAnyOrder(1, 2, 2); // the first is the trial, one of three documents
      assertThat(stream.state().clusterTakes()).isTrue();
      assertThat(stream.state().clusterFailure()).isNull();
    }
  }

  @Test
  void tellsWhatBecameOfEachDocumentThatLeftTheSpool() {
    sink.all(BLOCKED);
    sink.check = CompletableFuture.failedFuture(new IOException("gone"));
    try (EventStream stream = builder().spool(spool).build()) {
      stream.publishAll(events(4)).join();

      sink.byId(Map.of("d1", ItemResult.DUPLICATE, "d2", NEVER, "d3", ItemResult.DROPPED));
      sink.check = CompletableFuture.completedFuture(null);
      await().until(() -> spool.ids().isEmpty());

      assertThat(recorder.left)
          .containsExactlyInAnyOrder(
              "d0 INDEXED", "d1 DUPLICATE", "d2 DEAD_LETTERED", "d3 DROPPED");
    }
  }

  @Test
  void tellsWhatATransformerDropped() {
    try (EventStream stream = builder().steps(EventSteps.drop(event -> true)).build()) {
      stream.publishAll(events(2)).join();
    }

    assertThat(recorder.only().dropped()).isEqualTo(2);
    assertThat(recorder.events)
        .containsOnly(
            new PublishedEvent(
                PublishedEvent.Result.DROPPED, null, null, null, "a transformer dropped the event"))
        .hasSize(2);
  }

  @Test
  void tellsTheOutcomeOfEachEventOfACall() {
    sink.byId(
        Map.of("d1", ItemResult.DUPLICATE, "d2", NEVER, "d3", ItemResult.DROPPED, "d4", BLOCKED));
    try (EventStream stream = builder().spool(spool).build()) {
      List<ReadEvent> mixed = new ArrayList<>(events(5));
      mixed.add(1, new BrokenEvent(1, Rejection.MALFORMED_JSON, "no JSON", 3));
      stream.publishAll(mixed).join();
    }

    assertThat(recorder.events)
        .containsExactly(
            event(PublishedEvent.Result.INDEXED, "d0", null),
            new PublishedEvent(PublishedEvent.Result.REJECTED, null, null, null, "no JSON"),
            event(PublishedEvent.Result.DUPLICATE, "d1", null),
            event(PublishedEvent.Result.DEAD_LETTERED, "d2", "no mapping"),
            event(PublishedEvent.Result.DROPPED, "d3", null),
            event(PublishedEvent.Result.SPOOLED, "d4", null));
  }

  @Test
  void tellsOfEventsThatAreRefusedBeforeTheyAreDocuments() {
    try (EventStream stream = builder().maxInFlightBytes(1 << 20).build()) {
      stream.close();
      stream.publishAll(events(2)).join();
    }

    PublishedEvent refused =
        new PublishedEvent(PublishedEvent.Result.REFUSED, null, null, null, "the stream is closed");
    assertThat(recorder.events).containsExactly(refused, refused);
  }

  private static PublishedEvent event(
      PublishedEvent.Result result, String id, @Nullable String reason) {
    return new PublishedEvent(result, "pageview", id, "pageview", reason);
  }

  @Test
  void aRedriveIsNotAPublishCall() throws Exception {
    sink.byId(Map.of("d0", NEVER));
    try (EventStream stream = builder().spool(spool).build()) {
      stream.publishAll(events(1)).join();
      assertThat(stream.state().deadLetters()).isEqualTo(1);
      sink.all(ItemResult.WRITTEN);

      assertThat(stream.redrive(letter -> true).arrived()).isEqualTo(1);

      assertThat(recorder.only().deadLettered()).isEqualTo(1);
      assertThat(recorder.attempts).hasSize(2);
      assertThat(stream.state().deadLetters()).isZero();
    }
  }

  @Test
  void countsIdMissesIncludingRejectedEvents() {
    IdResolver ids = IdResolver.of(Map.of("pageview", Map.of("home", "h")));
    try (EventStream stream = builder().idResolver(ids).build()) {
      stream
          .publishAll(
              List.of(
                  Event.of("pageview", "home"),
                  Event.of("pageview", "other"),
                  Event.of("click", "home")))
          .join();
      assertThat(recorder.only().idMisses()).isEqualTo(2);
    }
    recorder.published.clear();
    DefaultEventTransformer rejecting =
        DefaultEventTransformer.builder().idResolver(ids).rejectUnknownValues(true).build();
    try (EventStream stream = builder().transformer(rejecting).build()) {
      stream.publishAll(List.of(event("a"), Event.of("pageview", "other"))).join();

      assertThat(recorder.only().idMisses()).isEqualTo(1);
      assertThat(recorder.only().rejected()).isEqualTo(Map.of(Rejection.UNKNOWN_EVENT_VALUE, 1));
    }
  }

  @Test
  void countsNoIdMissesWithoutAResolver() {
    try (EventStream stream = builder().build()) {
      stream.publishAll(events(3)).join();

      assertThat(recorder.only().idMisses()).isZero();
    }
  }

  @Test
  void reportsBytesAndRequestsInFlight() {
    List<CompletableFuture<SinkResult>> answers = new CopyOnWriteArrayList<>();
    sink.behaviour =
        batch -> {
          CompletableFuture<SinkResult> answer = new CompletableFuture<>();
          answers.add(answer);
          return answer;
        };
    try (EventStream stream =
        builder().maxInFlightRequests(1).maxInFlightBytes(1 << 20).linger(Duration.ZERO).build()) {
      CompletableFuture<List<Outcome>> first = stream.publishAll(events(2));
      CompletableFuture<List<Outcome>> second = stream.publishAll(events(3));
      StreamState state = stream.state();
      assertThat(state.inFlightRequests()).isEqualTo(1);
      assertThat(state.queuedDocuments()).isEqualTo(3);
      assertThat(state.inFlightBytes()).isBetween(5 * 100L, 5 * 1_000L);
      assertThat(state.maxInFlightBytes()).isEqualTo(1 << 20);
      assertThat(state.backlog()).isNull();

      answers.get(0).complete(SinkResult.all(2, ItemResult.WRITTEN));
      first.join();
      await().until(() -> answers.size() == 2);
      answers.get(1).complete(SinkResult.all(3, ItemResult.WRITTEN));
      second.join();

      await().until(() -> stream.state().inFlightRequests() == 0);
      assertThat(stream.state().queuedDocuments()).isZero();
      assertThat(stream.state().inFlightBytes()).isZero();
    }
  }

  @Test
  void aThrowingListenerDoesNotAffectPublishers() {
    AtomicInteger calls = new AtomicInteger();
    StreamListener broken =
        new StreamListener() {
          @Override
          public void published(PublishCounts counts) {
            calls.incrementAndGet();
            throw new AssertionError("listener");
          }

          @Override
          public void attempted(BulkAttempt attempt) {
            calls.incrementAndGet();
            throw new IllegalStateException("listener");
          }
        };
    try (EventStream stream = builder().listener(broken).build()) {
      for (int i = 0; i < 3; i++) {
        assertThat(stream.publish(event("d" + i)).join()).isInstanceOf(Outcome.Indexed.class);
      }

      assertThat(calls).hasValue(6);
      assertThat(stream.state().inFlightBytes()).isZero();
    }
  }

  @Test
  void checksTheSinkRegardlessOfTheSpool() {
    sink.check = CompletableFuture.failedFuture(new IOException("gone"));
    try (EventStream stream = builder().spool(spool).build()) {
      assertThat(stream.check().toCompletableFuture()).isCompleted();
      assertThatThrownBy(() -> stream.checkSink().toCompletableFuture().join())
          .hasRootCauseMessage("gone");
    }
  }
}

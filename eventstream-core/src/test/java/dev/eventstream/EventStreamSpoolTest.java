package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stream with a spool, with real threads. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class EventStreamSpoolTest {
  private static final ItemResult NEVER = new ItemResult.Failed(FailureClass.NEVER, "no mapping");
  private static final ItemResult BLOCKED = new ItemResult.Failed(FailureClass.BLOCKED, "403");

  private final MemorySpool spool = new MemorySpool();
  private final Sink sink = new Sink();

  /** Answers immediately with the result configured for an ID, or not at all. */
  private static final class Sink implements EventSink {
    final Map<String, ItemResult> results = new ConcurrentHashMap<>();
    final ConcurrentLinkedQueue<String> written = new ConcurrentLinkedQueue<>();
    volatile boolean answers = true;
    volatile CompletionStage<Void> check = CompletableFuture.completedFuture(null);
    volatile Function<String, ItemResult> others = id -> ItemResult.WRITTEN;

    @Override
    public CompletionStage<SinkResult> write(DocumentBatch documents) {
      if (!answers) {
        return new CompletableFuture<>();
      }
      List<ItemResult> all = new ArrayList<>();
      for (int i = 0; i < documents.size(); i++) {
        String id = documents.get(i).id();
        ItemResult result = results.getOrDefault(id, others.apply(id));
        if (!(result instanceof ItemResult.Failed)) {
          written.add(id);
        }
        all.add(result);
      }
      return CompletableFuture.completedFuture(SinkResult.of(all));
    }

    @Override
    public CompletionStage<Void> check() {
      return check;
    }

    @Override
    public void close() {}
  }

  private EventStreamBuilder builder() {
    return EventStream.builder().sink(sink).spool(spool);
  }

  private static Event event(String id) {
    return Event.of("pageview", "home").withDocumentId(id);
  }

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.isAlive() && thread.getName().startsWith("eventstream-"))
        .toList();
  }

  @Test
  void rejectsSettingsThatNeedASpoolWithoutOne() {
    assertThatIllegalStateException()
        .isThrownBy(() -> EventStream.builder().sink(sink).throttle(1).build())
        .withMessage("throttle needs a spool; set one with spool(MapDbSpool.open(directory))");
    assertThatIllegalStateException()
        .isThrownBy(
            () -> EventStream.builder().sink(sink).acknowledge(Acknowledgement.SPOOLED).build())
        .withMessage(
            "acknowledge(SPOOLED) needs a spool; set one with spool(MapDbSpool.open(directory))");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EventStream.builder().throttle(0))
        .withMessage("throttle is 0; it must be at least 1");
    try (EventStream stream = EventStream.builder().sink(sink).build()) {
      assertThatIllegalStateException().isThrownBy(stream::backlog);
      assertThatIllegalStateException()
          .isThrownBy(() -> stream.publishAll(List.of(event("a")), Acknowledgement.SPOOLED))
          .withMessageContaining("has no spool");
      assertThatIllegalStateException().isThrownBy(stream::deadLetters);
      assertThatIllegalStateException().isThrownBy(() -> stream.redrive(letter -> true));
    }
  }

  @Test
  void aPublishCallCanOverrideTheAcknowledgement() throws IOException {
    byte[] json = Event.of("pageview", "home").toJson();
    try (EventStream indexing = builder().build()) {
      assertThat(indexing.publishAll(EventReader.of(json), Acknowledgement.SPOOLED).join())
          .singleElement()
          .isInstanceOf(Outcome.Spooled.class);
      assertThat(indexing.publishAll(EventReader.of(json)).join())
          .singleElement()
          .isInstanceOf(Outcome.Indexed.class);
    }
    try (EventStream spooling = builder().acknowledge(Acknowledgement.SPOOLED).build()) {
      assertThat(spooling.publishAll(List.of(event("a")), Acknowledgement.INDEXED).join())
          .singleElement()
          .isInstanceOf(Outcome.Indexed.class);
    }
  }

  @Test
  void answersSpooledAndMovesTheEventToTheClusterLater() {
    try (EventStream stream = builder().acknowledge(Acknowledgement.SPOOLED).build()) {
      Outcome outcome = stream.publish(event("a")).join();

      assertThat(outcome).isInstanceOf(Outcome.Spooled.class);
      assertThat(((Outcome.Accepted) outcome).documentId()).isEqualTo("a");
      await().until(() -> sink.written.contains("a") && spool.ids().isEmpty());
    }
  }

  @Test
  void answersIndexedWhenTheClusterAcknowledgesInTime() {
    try (EventStream stream = builder().throttle(1_000).build()) {
      assertThat(stream.publish(event("a")).join()).isInstanceOf(Outcome.Indexed.class);
      assertThat(spool.ids()).isEmpty();
    }
  }

  @Test
  void spoolsEventsThatAreNotAcknowledgedWithinTheDeliveryTimeout() {
    sink.answers = false;
    try (EventStream stream = builder().deliveryTimeout(Duration.ofMillis(20)).build()) {
      assertThat(stream.publish(event("a")).join()).isInstanceOf(Outcome.Spooled.class);
      assertThat(stream.backlog().clusterTakes()).isFalse();
      assertThat(stream.backlog().spool().documents()).isEqualTo(1);
      assertThat(stream.publish(event("b")).join()).isInstanceOf(Outcome.Spooled.class);
      sink.answers = true;
      await().until(() -> spool.ids().isEmpty());
      await().until(() -> stream.backlog().clusterTakes());
      assertThat(sink.written).contains("a", "b");
      assertThat(stream.backlog().timeLeft()).isZero();
      assertThat(stream.backlog().documentsPerSecond()).isPositive();
    }
  }

  @Test
  void refusesEventsWithTheSpoolsReasonWhenItIsFull() {
    spool.refusal = "the spool is full";
    sink.results.put("a", BLOCKED);
    try (EventStream stream = builder().build()) {
      assertThat(stream.publish(event("a")).join())
          .isEqualTo(
              new Outcome.Refused(Refusal.SPOOL, "the spool is full", Duration.ofSeconds(10)));
    }
  }

  @Test
  void deadLettersEventsThatNoIndexAccepts() {
    sink.results.put("a", NEVER);
    try (EventStream stream = builder().build()) {
      Outcome outcome = stream.publish(event("a")).join();

      assertThat(outcome).isInstanceOf(Outcome.DeadLettered.class);
      assertThat(((Outcome.DeadLettered) outcome).reason()).isEqualTo("no mapping");
      assertThat(stream.deadLetters().count()).isEqualTo(1);
    }
  }

  @Test
  void closingSpoolsUnsettledEventsClosesTheSpoolAndEndsEveryThread() {
    sink.answers = false;
    EventStream stream =
        builder().closeTimeout(Duration.ZERO).deliveryTimeout(Duration.ofHours(1)).build();
    CompletableFuture<Outcome> outcome = stream.publish(event("a"));
    assertThat(outcome).isNotDone();
    stream.close();

    assertThat(outcome.join()).isInstanceOf(Outcome.Spooled.class);
    assertThat(spool.ids()).containsExactly("a");
    assertThat(spool.closed).hasValue(1);
    await().until(() -> threads().isEmpty());
  }

  @Test
  void closingDoesNotWaitForTheReplayOfTheSpool() {
    sink.others = id -> BLOCKED;
    EventStream stream = builder().acknowledge(Acknowledgement.SPOOLED).build();
    for (int i = 0; i < 20; i++) {
      stream.publish(event("d" + i)).join();
    }
    stream.close();

    assertThat(spool.ids()).hasSize(20);
    await().until(() -> threads().isEmpty());
  }

  /** The replay's thread reports what it settles, and closing must not wait for it then. */
  @Test
  void canBeClosedByTheThreadOfTheReplay() {
    sink.answers = false;
    EventStream stream = builder().deliveryTimeout(Duration.ofMillis(1)).build();
    stream.publish(event("first")).join();
    CompletableFuture<String> closedBy = new CompletableFuture<>();
    sink.others =
        id -> {
          if (Thread.currentThread().getName().equals("eventstream-replay")) {
            stream.close();
            closedBy.complete(id);
          }
          return ItemResult.WRITTEN;
        };
    sink.answers = true;

    assertThat(closedBy.join()).isEqualTo("first");
    await().until(() -> threads().isEmpty());
  }

  @Test
  void acceptsEventsWhileTheSpoolHasRoomOrTheClusterIsAvailable() {
    try (EventStream stream = builder().build()) {
      sink.check = CompletableFuture.failedFuture(new IOException("gone"));
      assertThat(stream.check().toCompletableFuture()).isCompleted();
      spool.refusal = "full";
      assertThat(stream.check().toCompletableFuture()).isCompletedExceptionally();
      sink.check = CompletableFuture.completedFuture(null);
      assertThat(stream.check().toCompletableFuture()).isCompleted();
    }
  }

  private static DeadLetter letter(String id) {
    return new DeadLetter(
        new Document("index", id, null, "{}".getBytes(UTF_8)),
        "no mapping",
        Instant.EPOCH,
        Instant.EPOCH);
  }

  private void add(String... ids) {
    for (String id : ids) {
      var unused = spool.letters.add(List.of(letter(id)));
    }
  }

  @Test
  void redrivesDeadLettersAndKeepsThoseThatStillCannotBeWritten() throws Exception {
    add("now", "there", "blocked", "never", "other");
    sink.results.put("there", ItemResult.DUPLICATE);
    sink.results.put("blocked", BLOCKED);
    sink.results.put("never", NEVER);
    try (EventStream stream = builder().build()) {
      Redriven redriven =
          stream.redrive(DeadLetter.withId("other").negate().and(DeadLetter.withReason("mapping")));

      assertThat(redriven).isEqualTo(new Redriven(4, 3, 1, 0));
      assertThat(spool.letters.ids()).containsExactlyInAnyOrder("never", "other");
      assertThat(spool.ids()).contains("blocked");
    }
  }

  @Test
  void keepsLettersThatNeitherClusterNorSpoolAccepts() throws Exception {
    add("a");
    sink.results.put("a", BLOCKED);
    spool.refusal = "full";
    try (EventStream stream = builder().build()) {
      assertThat(stream.redrive(letter -> true)).isEqualTo(new Redriven(1, 0, 0, 1));
      assertThat(spool.letters.ids()).containsExactly("a");
    }
  }

  @Test
  void redrivesThousandsOfLettersInBatches() throws Exception {
    for (int i = 0; i < 1_234; i++) {
      add("d" + i);
    }
    try (EventStream stream = builder().build()) {
      assertThat(stream.redrive(letter -> true)).isEqualTo(new Redriven(1_234, 1_234, 0, 0));
      assertThat(spool.letters.ids()).isEmpty();
      assertThat(sink.written).hasSize(1_234);
      assertThat(stream.redrive(letter -> true)).isEqualTo(new Redriven(0, 0, 0, 0));
    }
  }

  @Test
  void aRedriveWithALimitTriesTheOldestLettersOnly() throws Exception {
    for (int i = 0; i < 700; i++) {
      add("d" + i);
    }
    try (EventStream stream = builder().build()) {
      assertThat(stream.redrive(letter -> true, 600, soFar -> true))
          .isEqualTo(new Redriven(600, 600, 0, 0));
      assertThat(spool.letters.ids()).hasSize(100);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> stream.redrive(letter -> true, 0, soFar -> true))
          .withMessage("the limit is 0; it must be at least 1");
    }
  }

  @Test
  void aRedriveTellsItsProgressAndStopsAfterAPortionWhenAsked() throws Exception {
    for (int i = 0; i < 2_000; i++) {
      add("d" + i);
    }
    List<Redriven> progress = new ArrayList<>();
    try (EventStream stream = builder().build()) {
      Redriven result =
          stream.redrive(
              letter -> true,
              Long.MAX_VALUE,
              soFar -> {
                progress.add(soFar);
                return progress.size() < 2;
              });

      assertThat(result).isEqualTo(new Redriven(1_000, 1_000, 0, 0));
      assertThat(progress).containsExactly(new Redriven(500, 500, 0, 0), result);
      assertThat(spool.letters.ids()).hasSize(1_000);
    }
  }

  @Test
  void redriveStopsWhenTheDiskFails() {
    for (int i = 0; i < 2_000; i++) {
      add("d" + i);
    }
    spool.letters.failure = "I/O error";
    try (EventStream stream = builder().build()) {
      assertThatThrownBy(() -> stream.redrive(letter -> true))
          .isInstanceOf(IOException.class)
          .hasMessage("I/O error");
      assertThat(sink.written).hasSize(500);
      assertThat(spool.letters.ids()).hasSize(2_000);
    }
  }

  @Test
  void redriveReturnsWhenTheStreamIsClosed() throws Exception {
    add("a");
    sink.answers = false;
    EventStream stream =
        builder().deliveryTimeout(Duration.ofHours(1)).closeTimeout(Duration.ZERO).build();
    CompletableFuture<Redriven> redriven =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return stream.redrive(letter -> true);
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    stream.close();

    assertThat(redriven.get().tried()).isEqualTo(1);
  }
}

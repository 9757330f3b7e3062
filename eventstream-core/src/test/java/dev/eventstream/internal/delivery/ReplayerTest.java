package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The replay of the spool within a pipeline. */
final class ReplayerTest {
  private static final ItemResult RETRY = new ItemResult.Failed(FailureClass.RETRY, "busy");
  private static final ItemResult NEVER = new ItemResult.Failed(FailureClass.NEVER, "no mapping");
  private static final ItemResult BLOCKED = new ItemResult.Failed(FailureClass.BLOCKED, "403");
  private static final int REPLAY_TIMEOUT_MILLIS = 10_000;

  private final ManualTimer timer = new ManualTimer();
  private final ScriptedSink sink = new ScriptedSink();
  private final ScriptedSpool spool = new ScriptedSpool();
  private final Pipeline pipeline = pipeline(2, 0);

  private Pipeline pipeline(int permits, int eventsPerSecond) {
    return new Pipeline(
        sink,
        spool,
        new Pipeline.Settings(
            10,
            10_000,
            Duration.ofMillis(5),
            permits,
            Duration.ofSeconds(2),
            Duration.ofMillis(10),
            Duration.ofMillis(100),
            eventsPerSecond,
            Duration.ZERO),
        Deliveries.environment(timer, new Random(1)),
        task -> timer.schedule(task, 0));
  }

  private static DocumentBatch documents(String... ids) {
    Document[] documents = new Document[ids.length];
    for (int i = 0; i < ids.length; i++) {
      documents[i] = new Document("index", ids[i], null, "{}".getBytes(UTF_8));
    }
    return DocumentBatch.of(documents);
  }

  private Publication publish(String... ids) {
    Publication publication = new Publication(documents(ids), timer.nanoTime(), Instant.EPOCH);
    pipeline.submit(publication);
    return publication;
  }

  private void add(String... ids) {
    spool.add(documents(ids));
    timer.advanceMillis(0);
  }

  @Test
  void movesDocumentsOfAnEarlierProcess() {
    spool.waiting.add(documents("a", "b"));
    timer.advanceMillis(0);

    assertThat(sink.last().ids()).containsExactly("a", "b");
  }

  @Test
  void sendsOldestFirstWithAllPermits() {
    add("a", "b");
    add("c");
    add("d");
    assertThat(sink.attempts).hasSize(2);
    assertThat(sink.attempts.get(0).ids()).containsExactly("a", "b");
    assertThat(sink.attempts.get(1).ids()).containsExactly("c");
    sink.attempts.get(0).written();
    timer.advanceMillis(0);

    assertThat(sink.last().ids()).containsExactly("d");
  }

  @Test
  void removesAPortionOnlyWhenAllItsDocumentsAreSettled() {
    add("a", "b", "c");
    sink.last().each(ItemResult.WRITTEN, RETRY, NEVER);
    assertThat(spool.removed).isEmpty();
    timer.advanceMillis(100);
    assertThat(sink.last().ids()).containsExactly("b");
    sink.last().all(ItemResult.DUPLICATE);
    assertThat(spool.removed).isEmpty();
    spool.letters.get(0).answer().complete(null);

    assertThat(spool.removed).containsExactly("a", "b", "c");
  }

  @Test
  void movesRejectedDocumentsToTheEndAndThenRemovesThePortion() {
    add("a", "b", "c");
    sink.last().each(ItemResult.WRITTEN, BLOCKED, RETRY);
    while (spool.moves.attempts.isEmpty()) {
      timer.advanceMillis(100);
      sink.last().each(RETRY);
    }
    assertThat(spool.moves.last().ids()).containsExactly("b", "c");
    assertThat(spool.removed).isEmpty();
    spool.moves.last().written();

    assertThat(spool.removed).containsExactly("a", "b", "c");
  }

  @Test
  void triesAStuckIndexThreeTimesBeforeOthersHaveTheirTurn() {
    add("stuck");
    for (int attempt = 1; attempt <= 3; attempt++) {
      assertThat(spool.moves.attempts).isEmpty();
      assertThat(sink.attempts).hasSize(attempt);
      sink.last().each(RETRY);
      timer.advanceMillis(100);
    }

    assertThat(spool.moves.last().ids()).containsExactly("stuck");
  }

  /** Rejects requests until the spool has received the given number of moves. */
  private void rejectUntilMoved(int moves) {
    while (spool.moves.attempts.size() < moves) {
      sink.last().each(RETRY);
      if (spool.moves.attempts.size() < moves) {
        timer.advanceMillis(100);
      }
    }
  }

  @Test
  void pausesLongerEachTimeNothingMovesUpToALimit() {
    add("stuck");
    List<Long> pauses = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      rejectUntilMoved(i + 1);
      int attempts = sink.attempts.size();
      spool.waiting.add(documents("stuck"));
      spool.moves.last().written();
      long movedAt = timer.nanoTime();
      spool.filled.run();
      while (sink.attempts.size() == attempts) {
        timer.advanceMillis(1);
      }
      pauses.add((timer.nanoTime() - movedAt) / 1_000_000);
    }

    assertThat(pauses)
        .containsExactly(
            250L, 500L, 1_000L, 2_000L, 4_000L, 8_000L, 10_000L, 10_000L, 10_000L, 10_000L);
  }

  @Test
  void doesNotPauseLongWhileThereAreMoreDocumentsToTry() {
    spool.documents = 1_000;
    for (int i = 0; i < 100; i++) {
      spool.waiting.add(documents("stuck" + i));
    }
    spool.waiting.add(documents("well"));
    long started = timer.nanoTime();
    add("last");
    while (sink.attempts.stream().noneMatch(attempt -> attempt.ids().contains("well"))) {
      timer.advanceMillis(10);
      sink.attempts.stream()
          .filter(attempt -> !attempt.answer().isDone())
          .toList()
          .forEach(attempt -> attempt.each(RETRY));
      spool.moves.attempts.stream()
          .filter(move -> !move.answer().isDone())
          .toList()
          .forEach(ScriptedSink.Attempt::written);
    }

    assertThat((timer.nanoTime() - started) / 1_000_000).isLessThan(100 * 300);
  }

  @Test
  void keepsDocumentsThatTheDiskHasNoRoomToMove() {
    add("a", "b");
    sink.last().each(ItemResult.WRITTEN, RETRY);
    timer.advanceMillis(100);
    rejectUntilMoved(1);
    spool.moves.last().all(RETRY);
    assertThat(spool.removed).isEmpty();
    timer.advanceMillis(250);
    assertThat(sink.last().ids()).containsExactly("b");
    sink.last().written();

    assertThat(spool.removed).containsExactly("a", "b");
  }

  @Test
  void sendsOtherDocumentsBeforeThoseThatTheDiskHasNoRoomToMove() {
    for (int i = 0; i < 8; i++) {
      spool.waiting.add(documents("never" + i, "good" + i));
    }
    spool.filled.run();
    for (int millis = 0; !spool.waiting.isEmpty(); millis += 5) {
      assertThat(millis).isLessThan(60_000);
      timer.advanceMillis(5);
      sink.attempts.stream()
          .filter(attempt -> !attempt.answer().isDone())
          .toList()
          .forEach(this::writeGood);
      failOpen(spool.moves);
      spool.letters.forEach(
          letters -> letters.answer().completeExceptionally(new IllegalStateException("no room")));
      failOpen(spool.moves);
    }

    assertThat(spool.removed).isEmpty();
    assertThat(sink.attempts.stream().limit(8).map(ScriptedSink.Attempt::ids))
        .allMatch(ids -> ids.size() == 2);
  }

  private void writeGood(ScriptedSink.Attempt attempt) {
    attempt.each(
        attempt.ids().stream()
            .map(id -> id.startsWith("good") ? ItemResult.WRITTEN : NEVER)
            .toArray(ItemResult[]::new));
  }

  private static void failOpen(ScriptedSink moves) {
    moves.attempts.stream()
        .filter(attempt -> !attempt.answer().isDone())
        .toList()
        .forEach(attempt -> attempt.all(RETRY));
  }

  @Test
  void keepsDocumentsWhenTheSpoolThrows() {
    add("a");
    sink.last().each(RETRY);
    timer.advanceMillis(100);
    sink.last().each(RETRY);
    timer.advanceMillis(100);
    spool.thrown = new IllegalStateException("the disk is gone");
    sink.last().each(RETRY);
    timer.advanceMillis(1_000);

    assertThat(sink.last().ids()).containsExactly("a");
    assertThat(sink.attempts).hasSize(4);
  }

  @Test
  void continuesWithAllPermitsAfterTheSpoolCouldNotBeRead() {
    for (int i = 0; i < 5; i++) {
      spool.thrown = new IllegalStateException("cannot be read");
      spool.filled.run();
      timer.advanceMillis(REPLAY_TIMEOUT_MILLIS);
    }
    add("a");
    add("b");

    assertThat(sink.attempts).hasSize(2);
  }

  @Test
  void keepsDocumentsThatCanNeverBeWrittenWhileThereIsNoRoomForDeadLetters() {
    add("a", "never");
    sink.last().each(ItemResult.WRITTEN, NEVER);
    spool.letters.get(0).answer().completeExceptionally(new IllegalStateException("no room"));
    assertThat(spool.removed).isEmpty();
    assertThat(spool.moves.last().ids()).containsExactly("never");
    spool.moves.last().written();

    assertThat(spool.removed).containsExactly("a", "never");
  }

  @Test
  void keepsTheOrderOfDocumentsInFlightWhenTheBreakerOpens() {
    add("a");
    add("b");
    add("c");
    sink.attempts.get(1).all(BLOCKED);
    sink.attempts.get(0).all(BLOCKED);
    assertThat(pipeline.clusterTakes()).isFalse();
    assertThat(spool.moves.attempts).isEmpty();
    timer.advanceMillis(500);
    assertThat(sink.last().ids()).containsExactly("a"); // the trial
    assertThat(sink.attempts).hasSize(3);
    sink.last().written();
    timer.advanceMillis(0);
    assertThat(pipeline.clusterTakes()).isTrue();
    assertThat(sink.attempts.get(3).ids()).containsExactly("b");
    assertThat(sink.attempts.get(4).ids()).containsExactly("c");
  }

  @Test
  void aTrialSendsOneDocumentAndTheRestOfItsPortionAfterSuccess() {
    add("a", "b", "c");
    sink.last().all(BLOCKED);
    assertThat(pipeline.clusterTakes()).isFalse();
    timer.advanceMillis(500);
    assertThat(sink.last().ids()).containsExactly("a");
    sink.last().written();
    timer.advanceMillis(0);
    assertThat(pipeline.clusterTakes()).isTrue();
    assertThat(sink.last().ids()).containsExactly("b", "c");
    assertThat(spool.removed).isEmpty();
    sink.last().written();

    assertThat(spool.removed).containsExactly("a", "b", "c");
  }

  @Test
  void opensTheBreakerWithoutLiveTrafficWhenTheClusterDoesNotAnswer() {
    add("a");
    add("b");
    timer.advanceMillis(REPLAY_TIMEOUT_MILLIS + 100);
    assertThat(pipeline.clusterTakes()).isFalse();
    assertThat(spool.moves.attempts).isEmpty();
    timer.advanceMillis(1_000);
    assertThat(sink.last().ids()).containsExactly("a");
    sink.last().written();
    timer.advanceMillis(0);
    assertThat(sink.last().ids()).containsExactly("b");
  }

  @Test
  void closesTheBreakerWhenThereIsNoDocumentForATrial() {
    Publication publication = publish("live");
    sink.last().all(BLOCKED);
    assertThat(pipeline.clusterTakes()).isFalse();
    assertThat(publication.done()).isNotDone();
    timer.advanceMillis(1_000);

    assertThat(pipeline.clusterTakes()).isTrue();
  }

  @Test
  void keepsFewPortionsInMemoryWithManyStuckDocuments() {
    for (int i = 0; i < 1_000; i++) {
      spool.waiting.add(documents("stuck" + i));
    }
    spool.filled.run();
    for (int millis = 0; millis < 20_000; millis += 5) {
      timer.advanceMillis(5);
      sink.attempts.stream()
          .filter(attempt -> !attempt.answer().isDone())
          .toList()
          .forEach(attempt -> attempt.each(RETRY));
    }

    assertThat(1_000 - spool.waiting.size()).isLessThanOrEqualTo(2 + 8);
  }

  @Test
  void theReplayProgressesDuringHeavyLiveTraffic() {
    List<Publication> live = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      live.add(publish(ids("live" + i, 10)));
    }
    for (int i = 0; i < 10; i++) {
      add("spooled" + i);
    }
    int answered = 0;
    while (spool.removed.size() < 10) {
      assertThat(answered).as("requests until the spool was empty").isLessThan(35);
      sink.attempts.get(answered++).written();
      timer.advanceMillis(0);
    }

    assertThat(live.stream().filter(publication -> publication.done().isDone()).count())
        .isGreaterThan(5);
  }

  @Test
  void liveTrafficProgressesWhileTheSpoolIsFull() {
    for (int i = 0; i < 100; i++) {
      add("spooled" + i);
    }
    Publication live = publish("live");
    timer.advanceMillis(5);
    int answered = 0;
    while (!live.done().isDone()) {
      assertThat(answered).isLessThan(4);
      sink.attempts.get(answered++).written();
      timer.advanceMillis(0);
    }
  }

  @Test
  void liveTrafficGetsAPermitThatTheReplayDidNotNeed() {
    Pipeline narrow = pipeline(1, 0);
    timer.advanceMillis(0);
    Publication live = new Publication(documents("live"), timer.nanoTime(), Instant.EPOCH);
    spool.beforeTake =
        () -> {
          spool.beforeTake = () -> {};
          narrow.submit(live); // while the replayer holds the only permit
        };
    spool.filled.run();
    timer.advanceMillis(0);

    assertThat(sink.last().ids()).containsExactly("live");
  }

  @Test
  void replaysNoFasterThanTheThrottleAllows() {
    for (int i = 0; i < 100; i++) {
      spool.waiting.add(documents(ids("d" + i + "-", 10)));
    }
    pipeline.drain();
    Pipeline throttled = pipeline(2, 100);
    for (int millis = 0; millis < 5_000; millis += 5) {
      timer.advanceMillis(5);
      sink.attempts.stream()
          .filter(attempt -> !attempt.answer().isDone())
          .toList()
          .forEach(ScriptedSink.Attempt::written);
    }

    assertThat(spool.removed.size()).isBetween(480, 530);
    assertThat(throttled.replayedPerSecond()).isPositive();
  }

  @Test
  void takesNoPortionsAfterStop() {
    add("a");
    add("b");
    add("c");
    pipeline.drain();
    sink.attempts.get(0).written();
    sink.attempts.get(1).written();
    timer.advanceMillis(60_000);

    assertThat(sink.attempts).hasSize(2);
    assertThat(spool.removed).containsExactly("a", "b");
  }

  @Test
  void liveTrafficGetsThePermitThatAStoppedReplayWaitedFor() {
    publish(ids("a", 10));
    publish(ids("b", 10));
    add("spooled");
    publish(ids("c", 10));
    pipeline.drain();
    timer.advanceMillis(0);
    sink.attempts.get(0).written();

    assertThat(sink.last().ids()).containsExactly(ids("c", 10));
  }

  @Test
  void measuresTheRateOfDocumentsLeavingTheSpool() {
    for (int i = 0; i < 600; i++) {
      add(ids("d" + i + "-", 5));
      sink.last().written();
      timer.advanceMillis(100);
    }

    assertThat(pipeline.replayedPerSecond()).isBetween(48.0, 52.0);
    timer.advanceMillis(60_000);
    assertThat(pipeline.replayedPerSecond()).isLessThan(0.2);
  }

  private static String[] ids(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toArray(String[]::new);
  }
}

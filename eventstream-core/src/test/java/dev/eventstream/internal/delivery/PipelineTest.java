package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Where documents go: to the cluster, the spool or the dead letters. */
final class PipelineTest {
  private static final ItemResult RETRY = new ItemResult.Failed(FailureClass.RETRY, "busy");
  private static final ItemResult NEVER = new ItemResult.Failed(FailureClass.NEVER, "no mapping");
  private static final ItemResult BLOCKED = new ItemResult.Failed(FailureClass.BLOCKED, "403");
  private static final ItemResult TOO_LARGE = new ItemResult.Failed(FailureClass.TOO_LARGE, "413");
  private static final int TIMEOUT_MILLIS = 2_000;

  private final ManualTimer timer = new ManualTimer();
  private final ScriptedSink sink = new ScriptedSink();
  private final ScriptedSpool spool = new ScriptedSpool();

  private Pipeline pipeline(int eventsPerSecond) {
    return new Pipeline(
        sink,
        spool,
        new Pipeline.Settings(
            10,
            10_000,
            Duration.ofMillis(5),
            2,
            Duration.ofMillis(TIMEOUT_MILLIS),
            Duration.ofMillis(10),
            Duration.ofMillis(100),
            eventsPerSecond,
            Duration.ZERO),
        Deliveries.environment(timer, new Random(1)),
        task -> timer.schedule(task, 0));
  }

  private Pipeline pipeline() {
    return pipeline(0);
  }

  private Publication publish(Pipeline pipeline, String... ids) {
    Publication publication = publication(ids);
    pipeline.submit(publication);
    return publication;
  }

  private Publication publication(String... ids) {
    Document[] documents = new Document[ids.length];
    for (int i = 0; i < ids.length; i++) {
      documents[i] = new Document("index", ids[i], null, "{}".getBytes(UTF_8));
    }
    return new Publication(DocumentBatch.of(documents), timer.nanoTime(), Instant.EPOCH);
  }

  @Test
  void storesDeadLettersBeforeTheAnswer() {
    Publication publication = publish(pipeline(), "a", "b", "c");
    sink.last().each(NEVER, ItemResult.WRITTEN, NEVER);
    assertThat(publication.done()).isNotDone();
    assertThat(spool.letters).hasSize(1);
    List<DeadLetter> letters = spool.letters.get(0).letters();
    assertThat(letters).extracting(letter -> letter.document().id()).containsExactly("a", "c");
    assertThat(letters.get(0).reason()).isEqualTo("no mapping");
    assertThat(letters.get(0).firstAttempt()).isEqualTo(Instant.EPOCH);
    spool.letters.get(0).answer().complete(null);

    Fate dead = new Fate.DeadLettered("no mapping");
    assertThat(publication.done()).isCompletedWithValue(List.of(dead, Fate.INDEXED, dead));
  }

  @Test
  void aTooLargeDocumentIsADeadLetterToo() {
    Publication publication = publish(pipeline(), "a");
    sink.last().all(TOO_LARGE);
    spool.letters.get(0).answer().complete(null);

    assertThat(publication.done()).isCompletedWithValue(List.of(new Fate.DeadLettered("413")));
  }

  @Test
  void rejectsNewDocumentsWhenThereIsNoRoomForDeadLetters() {
    Publication publication = publish(pipeline(), "a");
    sink.last().each(NEVER);
    spool.letters.get(0).answer().completeExceptionally(new IllegalStateException("no room"));

    assertThat(publication.done())
        .isCompletedWithValue(
            List.of(
                new Fate.Rejected(
                    Rejection.DOCUMENT_REFUSED,
                    "no mapping; java.lang.IllegalStateException: no room")));
  }

  @Test
  void rejectsNewDocumentsWhenTheDeadLettersThrow() {
    Publication publication = publish(pipeline(), "a");
    spool.thrown = new IllegalStateException("closed");
    sink.last().each(NEVER);

    assertThat(publication.done().join().get(0)).isInstanceOf(Fate.Rejected.class);
  }

  @Test
  void spoolsDocumentsThatAreNotAcknowledgedInTime() {
    Publication publication = publish(pipeline(), "a");
    timer.advanceMillis(TIMEOUT_MILLIS + 100);
    assertThat(spool.writes.last().ids()).containsExactly("a");
    assertThat(publication.done()).isNotDone();
    spool.writes.last().written();

    assertThat(publication.done()).isCompletedWithValue(List.of(Fate.SPOOLED));
  }

  @Test
  void refusesDocumentsThatNeitherClusterNorDiskAcknowledges() {
    Publication publication = publish(pipeline(), "a");
    timer.advanceMillis(TIMEOUT_MILLIS + 10_100);

    assertThat(publication.done())
        .isCompletedWithValue(
            List.of(
                new Fate.Refused(
                    Refusal.SPOOL, "the spool's disk does not respond", Duration.ofSeconds(5))));
  }

  @Test
  void theClustersAnswerWinsWhenItPrecedesTheDisks() {
    Publication publication = publish(pipeline(), "a");
    timer.advanceMillis(TIMEOUT_MILLIS + 100);
    sink.attempts.get(0).written();
    assertThat(publication.done()).isCompletedWithValue(List.of(Fate.INDEXED));
    spool.writes.last().written();

    assertThat(publication.done()).isCompletedWithValue(List.of(Fate.INDEXED));
  }

  @Test
  void spoolsDocumentsOfABlockedIndexImmediately() {
    Publication publication = publish(pipeline(), "a", "b", "c");
    sink.last().each(BLOCKED, BLOCKED, ItemResult.WRITTEN);
    assertThat(spool.writes.last().ids()).containsExactly("a", "b");
    spool.writes.last().written();

    assertThat(publication.done())
        .isCompletedWithValue(List.of(Fate.SPOOLED, Fate.SPOOLED, Fate.INDEXED));
  }

  @Test
  void spoolsNewAndWaitingDocumentsWhileTheBreakerIsOpen() {
    Pipeline pipeline = pipeline();
    Publication waits = publish(pipeline, "waits");
    Publication failed = publish(pipeline, "failed");
    timer.advanceMillis(5);
    sink.attempts.get(1).all(BLOCKED);
    Publication late = publish(pipeline, "late");

    assertThat(pipeline.clusterTakes()).isFalse();
    assertThat(sink.attempts).hasSize(2);
    spool.writes.attempts.forEach(ScriptedSink.Attempt::written);
    for (Publication publication : List.of(waits, failed, late)) {
      assertThat(publication.done()).isCompletedWithValue(List.of(Fate.SPOOLED));
    }
  }

  @Test
  void opensTheBreakerAfterFiveFailedRequestsAndNotBefore() {
    Pipeline pipeline = pipeline();
    publish(pipeline, "a");
    for (int i = 0; i < 5; i++) {
      assertThat(pipeline.clusterTakes()).isTrue();
      sink.last().all(RETRY);
      timer.advanceMillis(100);
    }

    assertThat(pipeline.clusterTakes()).isFalse();
  }

  @Test
  void aStuckIndexDoesNotOpenTheBreaker() {
    Pipeline pipeline = pipeline();
    Publication stuck = publish(pipeline, "stuck");
    for (int millis = 0; millis < 1_500; millis += 100) {
      if (!sink.last().answer().isDone()) {
        sink.last().each(RETRY);
      }
      timer.advanceMillis(100);
    }

    assertThat(pipeline.clusterTakes()).isTrue();
    Publication other = publish(pipeline, "other");
    timer.advanceMillis(5);
    sink.attempts.stream()
        .filter(attempt -> attempt.ids().contains("other"))
        .forEach(ScriptedSink.Attempt::written);
    assertThat(other.done()).isDone();
    timer.advanceMillis(TIMEOUT_MILLIS);
    assertThat(pipeline.clusterTakes()).isTrue();
    spool.writes.last().written();
    assertThat(stuck.done()).isCompletedWithValue(List.of(Fate.SPOOLED));
  }

  @Test
  void spoolsFirstOnRequest() {
    Pipeline pipeline = pipeline();
    Publication publication = publication("a");
    pipeline.submitToSpool(publication);
    assertThat(sink.attempts).isEmpty();
    publish(pipeline, "b");
    assertThat(sink.last().ids()).containsExactly("b");
    spool.writes.last().written();

    assertThat(publication.done()).isCompletedWithValue(List.of(Fate.SPOOLED));
  }

  @Test
  void spoolsDocumentsAboveTheThrottle() {
    Pipeline pipeline = pipeline(10);
    publish(pipeline, "a", "b", "c");
    assertThat(sink.last().ids()).containsExactly("a", "b", "c");
    publish(pipeline, "d");

    assertThat(spool.writes.last().ids()).containsExactly("d");
    timer.advanceMillis(500);
    publish(pipeline, "e");
    timer.advanceMillis(5);
    assertThat(sink.last().ids()).containsExactly("e");
  }

  @Test
  void releasesThePermitOfARequestThatIsNeverAnswered() {
    Pipeline pipeline = pipeline();
    publish(pipeline, "lost");
    publish(pipeline, "lost too");
    timer.advanceMillis(5);
    sink.attempts.get(0).written(); // so that the breaker stays closed
    publish(pipeline, "c");
    timer.advanceMillis(5);
    timer.advanceMillis(41_000);
    publish(pipeline, "d");
    publish(pipeline, "e");
    timer.advanceMillis(5);

    assertThat(sink.attempts.stream().filter(attempt -> !attempt.answer().isDone()).count())
        .isGreaterThanOrEqualTo(3);
  }

  @Test
  void dropsSpooledDocumentsFromTheQueueWhileTheBreakerIsOpen() throws Exception {
    Pipeline pipeline = pipeline();
    WeakReference<Publication> waits = new WeakReference<>(null);
    for (int i = 0; i < 4; i++) {
      waits = new WeakReference<>(publish(pipeline, ids("d" + i + "-", 10)));
    }
    sink.last().all(BLOCKED);
    spool.writes.attempts.forEach(ScriptedSink.Attempt::written);
    spool.writes.attempts.clear();
    publish(pipeline, "late");
    timer.advanceMillis(15_000); // long enough for all timed tasks
    for (int i = 0; i < 50 && waits.get() != null; i++) {
      System.gc();
    }

    assertThat(waits.get()).isNull();
  }

  @Test
  void unsettledDocumentsGoToTheSpoolWhenWaitingStops() {
    Pipeline pipeline = pipeline();
    Publication publication = publish(pipeline, "a");
    Fate.Refused late = new Fate.Refused(Refusal.CLOSED, "closed", Duration.ofSeconds(1));
    pipeline.drain();
    pipeline.stopWaiting(late);
    assertThat(spool.writes.last().ids()).containsExactly("a");
    Publication after = publish(pipeline, "b");
    assertThat(spool.writes.last().ids()).containsExactly("b");
    spool.writes.attempts.get(0).written();
    pipeline.refuseRest(late);

    assertThat(publication.done()).isCompletedWithValue(List.of(Fate.SPOOLED));
    assertThat(after.done()).isCompletedWithValue(List.of(late));
  }

  private static String[] ids(String prefix, int count) {
    String[] ids = new String[count];
    for (int i = 0; i < count; i++) {
      ids[i] = prefix + i;
    }
    return ids;
  }
}

package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Batcher, delivery and deadlines together, under a manual clock. */
class DeliveryTest {
  private static final ItemResult RETRY = new ItemResult.Failed(FailureClass.RETRY, "busy");
  private static final ItemResult NEVER = new ItemResult.Failed(FailureClass.NEVER, "no mapping");
  private static final ItemResult TOO_LARGE = new ItemResult.Failed(FailureClass.TOO_LARGE, "413");
  private static final ItemResult BLOCKED = new ItemResult.Failed(FailureClass.BLOCKED, "401");
  private static final Fate EXPIRED =
      new Fate.Refused(Refusal.TIMEOUT, "too late", Duration.ofSeconds(5));
  private static final int LINGER_MILLIS = 5;
  private static final int MAX_BACKOFF_MILLIS = 100;
  private static final int TIMEOUT_MILLIS = 10_000;

  private final ManualTimer timer = new ManualTimer();
  private final ScriptedSink sink = new ScriptedSink();
  private final Backoff backoff =
      new Backoff(millis(10), millis(MAX_BACKOFF_MILLIS), new Random(1));
  private final Delivery delivery = Deliveries.withoutSpool(sink, 2, backoff, timer);
  private final Batcher batcher = new Batcher(10, 10_000, millis(LINGER_MILLIS), delivery, timer);
  private final Deadlines deadlines =
      new Deadlines(timer, millis(TIMEOUT_MILLIS), late -> late.settleAllOpen(EXPIRED));

  private static long millis(int millis) {
    return millis * 1_000_000L;
  }

  private Publication publish(String... ids) {
    DocumentBatch documents =
        DocumentBatch.of(
            List.of(ids).stream()
                .map(id -> new Document("index", id, null, "{}".getBytes(UTF_8)))
                .toArray(Document[]::new));
    Publication publication = new Publication(documents, timer.nanoTime(), Instant.EPOCH);
    deadlines.add(publication);
    batcher.submit(publication);
    return publication;
  }

  private static String[] ids(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toArray(String[]::new);
  }

  @Test
  void sendsAtOnceWhenNothingIsInFlight() {
    Publication publication = publish("a", "b");
    assertThat(sink.last().ids()).containsExactly("a", "b");
    assertThat(publication.done()).isNotDone();
    sink.last().written();
    assertThat(publication.done()).isCompletedWithValue(List.of(Fate.INDEXED, Fate.INDEXED));
  }

  @Test
  void collectsDocumentsDuringARequestUntilTheLingerTimeIsOver() {
    publish("a");
    publish("b");
    publish("c");
    timer.advanceMillis(LINGER_MILLIS - 1);
    assertThat(sink.attempts).hasSize(1);
    timer.advanceMillis(1);
    assertThat(sink.last().ids()).containsExactly("b", "c");
  }

  @Test
  void sendsWaitingDocumentsAsSoonAsNothingIsInFlight() {
    publish("a");
    Publication second = publish("b");
    sink.last().written();
    assertThat(sink.last().ids()).containsExactly("b");
    sink.last().written();
    assertThat(second.done()).isDone();
  }

  @Test
  void aFullBulkDoesNotLinger() {
    publish("a");
    publish(ids("b", 6));
    publish(ids("c", 4));
    assertThat(sink.last().ids()).hasSize(10);
  }

  @Test
  void splitsAPublicationOnlyIfItIsLargerThanABulk() {
    publish("a");
    publish(ids("b", 7));
    publish(ids("c", 7));
    assertThat(sink.last().ids()).containsExactly(ids("b", 7));
    sink.attempts.get(0).written();
    timer.advanceMillis(LINGER_MILLIS);
    assertThat(sink.last().ids()).containsExactly("c0", "c1", "c2", "c3", "c4", "c5", "c6");
    sink.attempts.forEach(ScriptedSink.Attempt::written);

    Publication large = publish(ids("d", 25));
    assertThat(sink.last().ids()).hasSize(10);
    while (!large.done().isDone()) {
      timer.advanceMillis(LINGER_MILLIS);
      List.copyOf(sink.attempts).forEach(ScriptedSink.Attempt::written);
    }
    assertThat(large.done().join()).hasSize(25).containsOnly(Fate.INDEXED);
  }

  @Test
  void noMoreRequestsThanAllowedAreInFlight() {
    publish(ids("a", 10));
    publish(ids("b", 10));
    publish(ids("c", 10));
    timer.advanceMillis(100);
    assertThat(sink.attempts).hasSize(2);
    sink.attempts.get(0).written();
    assertThat(sink.attempts).hasSize(3);
  }

  @Test
  void resendsOnlyFailedDocumentsAndSettlesTheOthersImmediately() {
    Publication first = publish("a", "b", "c");
    sink.last().each(ItemResult.WRITTEN, RETRY, ItemResult.WRITTEN);
    assertThat(first.isOpen(0)).isFalse();
    assertThat(first.isOpen(1)).isTrue();
    timer.advanceMillis(MAX_BACKOFF_MILLIS);
    assertThat(sink.last().ids()).containsExactly("b");
    sink.last().written();
    assertThat(first.done().join()).containsOnly(Fate.INDEXED);
  }

  @Test
  void aWaitingRetryHoldsNoPermit() {
    publish(ids("stuck", 10));
    publish(ids("stuck-too", 10));
    List.copyOf(sink.attempts).forEach(attempt -> attempt.all(RETRY));
    Publication other = publish("other");
    assertThat(sink.last().ids()).containsExactly("other");
    sink.last().written();
    assertThat(other.done()).isDone();
  }

  @Test
  void aDuplicateOnARetryCountsAsIndexed() {
    Publication first = publish("a");
    sink.last().all(ItemResult.DUPLICATE);
    assertThat(first.done()).isCompletedWithValue(List.of(Fate.DUPLICATE));

    Publication second = publish("b");
    sink.last().answer().completeExceptionally(new IllegalStateException("answer lost"));
    timer.advanceMillis(MAX_BACKOFF_MILLIS);
    sink.last().all(ItemResult.DUPLICATE);
    assertThat(second.done()).isCompletedWithValue(List.of(Fate.INDEXED));
  }

  @Test
  void halvesATooLargeBatchDownToTheTooLargeDocument() {
    Publication publication = publish(ids("d", 8));
    while (!publication.done().isDone()) {
      ScriptedSink.Attempt attempt =
          sink.attempts.stream().filter(a -> !a.answer().isDone()).findFirst().orElseThrow();
      if (attempt.ids().contains("d5")) {
        attempt.all(TOO_LARGE);
      } else {
        attempt.written();
      }
    }
    List<Fate> fates = publication.done().join();
    assertThat(fates.get(5)).isEqualTo(new Fate.Rejected(Rejection.TOO_LARGE, "413"));
    assertThat(fates.stream().filter(Fate.INDEXED::equals)).hasSize(7);
  }

  @Test
  void rejectsHopelessDocumentsAndRefusesBlockedOnesImmediately() {
    Publication publication = publish("a", "b", "c");
    sink.last().each(NEVER, BLOCKED, ItemResult.WRITTEN);
    List<Fate> fates = publication.done().join();
    assertThat(fates.get(0)).isEqualTo(new Fate.Rejected(Rejection.DOCUMENT_REFUSED, "no mapping"));
    assertThat(fates.get(1)).isInstanceOf(Fate.Refused.class);
    assertThat(fates.get(2)).isEqualTo(Fate.INDEXED);
  }

  @Test
  void anAnswerWithTheWrongNumberOfResultsIsIgnored() {
    Publication publication = publish("a", "b");
    sink.last().each(ItemResult.WRITTEN);
    assertThat(publication.isOpen(0)).isTrue();
    timer.advanceMillis(MAX_BACKOFF_MILLIS);
    assertThat(sink.last().ids()).containsExactly("a", "b");
  }

  @Test
  void theTimeoutRefusesAndALateAnswerIsIgnored() {
    Publication publication = publish("a");
    timer.advanceMillis(TIMEOUT_MILLIS + 100);
    assertThat(publication.done()).isCompletedWithValue(List.of(EXPIRED));
    sink.last().written();
    assertThat(publication.done()).isCompletedWithValue(List.of(EXPIRED));
    Publication next = publish("b");
    sink.last().written();
    assertThat(next.done()).isCompletedWithValue(List.of(Fate.INDEXED));
  }

  @Test
  void doesNotSendDocumentsThatExpiredInTheQueue() {
    publish(ids("a", 10));
    publish(ids("b", 10));
    Publication waiting = publish("c");
    timer.advanceMillis(TIMEOUT_MILLIS + 100);
    assertThat(waiting.done()).isDone();
    sink.attempts.forEach(ScriptedSink.Attempt::written);
    Publication next = publish("d");
    assertThat(sink.last().ids()).containsExactly("d");
    assertThat(next.done()).isNotDone();
  }

  @Test
  void theBackoffIsRandomUpToADoublingBound() {
    Backoff jitter = new Backoff(100, 1_000, new Random(3));
    for (int attempt = 0; attempt < 70; attempt++) {
      long bound = Math.min(1_000, 100L << Math.min(attempt, 10));
      int tried = attempt;
      List<Long> waits = IntStream.range(0, 200).mapToObj(i -> jitter.nanos(tried)).toList();
      assertThat(waits).allMatch(wait -> wait >= 0 && wait <= bound);
      assertThat(Collections.max(waits)).isGreaterThan(bound * 3 / 4);
    }
  }
}

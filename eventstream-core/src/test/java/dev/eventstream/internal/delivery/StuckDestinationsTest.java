package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.observe.StuckDestination;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class StuckDestinationsTest {
  private static final ItemResult.Failed RED =
      new ItemResult.Failed(FailureClass.UNAVAILABLE, "503 unavailable_shards_exception: red");
  private static final Instant NOW = Instant.parse("2026-11-27T20:00:00Z");

  private final ManualTimer timer = new ManualTimer();
  private final ScriptedSink sink = new ScriptedSink();
  private final List<String> recovered = new ArrayList<>();
  private boolean clusterTakes = true;
  private final StuckDestinations stuck =
      new StuckDestinations(
          sink::write,
          () -> clusterTakes,
          recovered::add,
          new Backoff(200_000_000, 5_000_000_000L, new Random(1)),
          timer,
          Clock.fixed(NOW, ZoneOffset.UTC));

  private static Document document(String destination, String id) {
    return new Document(destination, id, null, "{}".getBytes(UTF_8));
  }

  private void fail(String destination, String id) {
    stuck.failed(destination, id, RED.reason(), () -> document(destination, id));
  }

  private boolean unclear(String id) {
    return stuck.unclear("index", id, "500", () -> document("index", id));
  }

  private boolean isStuck(String destination) {
    return stuck.stuck().stream().anyMatch(each -> each.destination().equals(destination));
  }

  @Test
  void isStuckImmediatelyWhenTheSinkReportsIt() {
    assertThat(stuck.none()).isTrue();
    fail("red", "a");

    assertThat(isStuck("red")).isTrue();
    assertThat(isStuck("well")).isFalse();
    assertThat(stuck.stuck()).containsExactly(new StuckDestination("red", NOW, RED.reason()));
  }

  @Test
  void isStuckAfterThreeDocumentsFailedAloneInARow() {
    assertThat(unclear("a")).isTrue();
    assertThat(unclear("a")).isFalse();
    unclear("b");
    assertThat(isStuck("index")).isFalse();
    stuck.answered("index");
    assertThat(unclear("c")).isTrue();
    unclear("d");
    assertThat(isStuck("index")).isFalse();
    unclear("e");

    assertThat(isStuck("index")).isTrue();
  }

  @Test
  void findsTheDocumentsOfStuckDestinationsInABatch() {
    fail("red", "a");
    DocumentBatch batch =
        DocumentBatch.of(
            document("red", "b"), document("well", "c"), document("red", "d"), document("e", "e"));

    assertThat(stuck.positions(batch)).containsExactly(0, 2);
  }

  @Test
  void isTriedAloneUntilItAcceptsADocument() {
    fail("red", "a");
    for (int i = 0; i < 5; i++) {
      timer.advanceMillis(5_000);
      assertThat(sink.attempts).hasSize(i + 1);
      assertThat(sink.last().ids()).hasSize(1);
      assertThat(recovered).isEmpty();
      sink.last().each(RED);
    }
    timer.advanceMillis(5_000);
    sink.last().each(ItemResult.WRITTEN);

    assertThat(recovered).containsExactly("red");
    assertThat(stuck.none()).isTrue();
    timer.advanceMillis(60_000);
    assertThat(sink.attempts).hasSize(6);
  }

  @Test
  void isTriedLessAndLessOftenWhileEachRecoveryIsFollowedByAFailure() {
    fail("half", "a");
    for (int i = 0; i < 600; i++) {
      timer.advanceMillis(100);
      if (!isStuck("half")) {
        fail("half", "b"); // another shard
      } else if (sink.attempts.size() > recovered.size()) {
        sink.last().each(ItemResult.WRITTEN);
      }
    }

    assertThat(recovered).hasSizeBetween(8, 30);
    assertThat(stuck.stuck()).containsExactly(new StuckDestination("half", NOW, RED.reason()));
    stuck.answered("half");
    timer.advanceMillis(10_000);
    int before = sink.attempts.size();
    fail("half", "c");
    timer.advanceMillis(200);
    assertThat(sink.attempts).as("a fault of its own").hasSize(before + 1);
  }

  @ParameterizedTest
  @EnumSource
  void onlyAProcessedDocumentShowsThatItHasRecovered(FailureClass failure) {
    fail("red", "a");
    timer.advanceMillis(200);
    sink.last().each(new ItemResult.Failed(failure, "why"));

    boolean lookedAt = failure == FailureClass.NEVER || failure == FailureClass.TOO_LARGE;
    assertThat(isStuck("red")).isEqualTo(!lookedAt);
  }

  @Test
  void isAlsoTriedWithTheNewestDocument() {
    fail("red", "a");
    stuck.positions(DocumentBatch.of(document("red", "b")));
    timer.advanceMillis(200);
    assertThat(sink.last().ids()).containsExactly("a");
    sink.last().each(RED);
    timer.advanceMillis(5_000);
    assertThat(sink.last().ids()).containsExactly("b");
    sink.last().each(RED);
    stuck.positions(DocumentBatch.of(document("red", "c")));
    timer.advanceMillis(10_000);
    sink.last().each(RED);
    timer.advanceMillis(10_000);

    assertThat(sink.last().ids()).containsExactly("c");
  }

  @Test
  void aDocumentAtFaultDoesNotMakeItsDestinationStuck() {
    unclear("bad-1");
    unclear("bad-2");
    unclear("bad-3");
    DocumentBatch waiting =
        DocumentBatch.of(
            document("index", "bad-1"),
            document("index", "bad-2"),
            document("index", "bad-3"),
            document("index", "good"));
    for (int i = 0; i < 20 && recovered.isEmpty(); i++) {
      stuck.positions(waiting);
      timer.advanceMillis(5_000);
      boolean good = sink.last().ids().contains("good");
      sink.last().each(good ? ItemResult.WRITTEN : new ItemResult.Failed(FailureClass.UNCLEAR, ""));
    }

    assertThat(recovered).containsExactly("index");
  }

  @Test
  void isNotTriedWhileTheClusterAcceptsNothing() {
    clusterTakes = false;
    fail("red", "a");
    timer.advanceMillis(60_000);
    assertThat(sink.attempts).isEmpty();
    clusterTakes = true;
    timer.advanceMillis(100);

    assertThat(sink.attempts).hasSize(1);
  }

  @Test
  void triesAtMostTwoAtOnceAndAbandonsThemAfterTheTimeout() {
    for (int i = 0; i < 10; i++) {
      fail("red-" + i, "a");
    }
    timer.advanceMillis(1_000);
    assertThat(sink.attempts).hasSize(StuckDestinations.TRIALS);
    timer.advanceMillis(10_000); // no answer

    assertThat(sink.attempts).hasSize(2 * StuckDestinations.TRIALS);
  }

  @Test
  void withoutRoomForCopiesTheNextDocumentsTestTheDestination() {
    Document large = new Document("red", "a", null, new byte[5 << 20]);
    stuck.failed("red", "a", "503", () -> large);
    timer.advanceMillis(200);

    assertThat(sink.attempts).isEmpty();
    assertThat(recovered).containsExactly("red");
    assertThat(isStuck("red")).isFalse();
  }

  @Test
  void isBounded() {
    for (int i = 0; i < 2_000; i++) {
      fail("red-" + i, "a");
    }

    assertThat(stuck.stuck()).hasSize(1_000);
  }

  @Test
  void withoutASpoolTheNextDocumentsTestTheDestination() {
    StuckDestinations untried =
        StuckDestinations.withoutTrials(timer, Clock.fixed(NOW, ZoneOffset.UTC));
    untried.failed("red", "a", "503", () -> document("red", "a"));
    timer.advanceMillis(60_000);
    assertThat(untried.stuck()).hasSize(1);
    untried.written(DocumentBatch.of(document("red", "b")));

    assertThat(untried.none()).isTrue();
  }
}

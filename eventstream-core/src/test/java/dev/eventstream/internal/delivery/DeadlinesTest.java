package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

final class DeadlinesTest {
  private static final Fate EXPIRED =
      new Fate.Refused(Refusal.TIMEOUT, "too late", Duration.ofSeconds(5));
  private static final Fate CLOSED =
      new Fate.Refused(Refusal.CLOSED, "closed", Duration.ofSeconds(5));
  private static final int TIMEOUT_MILLIS = 1_000;
  private static final int TICK_MILLIS = 50;

  private final ManualTimer timer = new ManualTimer();
  private final Deadlines deadlines =
      new Deadlines(timer, TIMEOUT_MILLIS * 1_000_000L, late -> late.settleAllOpen(EXPIRED));

  private Publication publication(int documents) {
    Document document = new Document("index", "id", null, "{}".getBytes(UTF_8));
    Document[] all = new Document[documents];
    java.util.Arrays.fill(all, document);
    return new Publication(DocumentBatch.of(all), timer.nanoTime(), Instant.EPOCH);
  }

  @Test
  void neverExpiresEarlyAndAtMostOneTickLate() {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      timer.advanceMillis(random.nextInt(200));
      Publication publication = publication(1);
      deadlines.add(publication);
      timer.advanceMillis(TIMEOUT_MILLIS - 1);
      assertThat(publication.done()).isNotDone();
      timer.advanceMillis(1 + TICK_MILLIS);
      assertThat(publication.done()).isCompletedWithValue(List.of(EXPIRED));
    }
  }

  @Test
  void refusesOnlyUnsettledDocuments() {
    Publication publication = publication(3);
    deadlines.add(publication);
    publication.settle(1, Fate.INDEXED);
    timer.advanceMillis(TIMEOUT_MILLIS + TICK_MILLIS);

    assertThat(publication.done()).isCompletedWithValue(List.of(EXPIRED, Fate.INDEXED, EXPIRED));
    publication.settle(0, Fate.INDEXED);
    assertThat(publication.done()).isCompletedWithValue(List.of(EXPIRED, Fate.INDEXED, EXPIRED));
  }

  @Test
  void thousandsOfPublicationsShareOneTimedTask() {
    int[] scheduled = new int[1];
    Timer counting =
        new Timer() {
          @Override
          public long nanoTime() {
            return 0;
          }

          @Override
          public void schedule(Runnable task, long delayNanos) {
            scheduled[0]++;
          }

          @Override
          public void stop() {}
        };
    Deadlines counted = new Deadlines(counting, 1_000_000_000, late -> late.settleAllOpen(EXPIRED));
    for (int i = 0; i < 10_000; i++) {
      counted.add(publication(1));
    }

    assertThat(scheduled[0]).isEqualTo(1);
  }

  @Test
  void endRefusesUnsettledAndLaterPublications() {
    List<Publication> open = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      open.add(publication(2));
      deadlines.add(open.get(i));
      timer.advanceMillis(70);
    }
    deadlines.end(left -> left.settleAllOpen(CLOSED));
    Publication late = publication(1);
    deadlines.add(late);

    assertThat(open)
        .allSatisfy(p -> assertThat(p.done()).isCompletedWithValue(List.of(CLOSED, CLOSED)));
    assertThat(late.done()).isCompletedWithValue(List.of(CLOSED));
  }

  @Test
  void worksWithATimerWhoseOriginIsFarInThePast() {
    timer.advanceMillis(Duration.ofDays(10_000).toMillis());
    Publication publication = publication(1);
    deadlines.add(publication);
    timer.advanceMillis(TIMEOUT_MILLIS - 1);
    assertThat(publication.done()).isNotDone();
    timer.advanceMillis(TICK_MILLIS + 1);

    assertThat(publication.done()).isDone();
  }

  @Test
  void endMissesNoPublicationThatIsAddedConcurrently() throws Exception {
    for (int round = 0; round < 300; round++) {
      ThreadTimer real = new ThreadTimer();
      Deadlines racing =
          new Deadlines(real, Duration.ofHours(1).toNanos(), late -> late.settleAllOpen(EXPIRED));
      List<Publication> added = new ArrayList<>();
      CyclicBarrier start = new CyclicBarrier(2);
      Thread adding =
          new Thread(
              () -> {
                try {
                  start.await();
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
                for (int i = 0; i < 50; i++) {
                  Publication publication = publication(1);
                  added.add(publication);
                  racing.add(publication);
                }
              });
      adding.start();
      start.await();
      racing.end(open -> open.settleAllOpen(CLOSED));
      adding.join();
      real.stop();

      assertThat(added).hasSize(50).allSatisfy(p -> assertThat(p.done()).isDone());
    }
  }
}

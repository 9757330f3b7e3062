package dev.eventstream.internal.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.observe.StreamListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

final class BreakerTest {
  private static final int FIRST_PAUSE_MILLIS = 100;
  private static final int LAST_PAUSE_MILLIS = 1_000;
  private static final int PROBE_TIMEOUT_MILLIS = 2_000;
  private static final int TRIAL_TIMEOUT_MILLIS = 3_000;

  private final ManualTimer timer = new ManualTimer();
  private final List<CompletableFuture<Void>> probes = new ArrayList<>();
  private final List<Boolean> closings = new ArrayList<>();
  private final List<String> notifications = new ArrayList<>();
  private final StreamListener listener =
      new StreamListener() {
        @Override
        public void breakerOpened(String reason) {
          notifications.add("opened: " + reason);
        }

        @Override
        public void breakerClosed() {
          notifications.add("closed");
        }
      };
  private int openings;
  private int trials;
  private final Breaker breaker =
      new Breaker(
          this::probe,
          new Breaker.Settings(
              new Backoff(
                  FIRST_PAUSE_MILLIS * 1_000_000L, LAST_PAUSE_MILLIS * 1_000_000L, new Random(1)),
              PROBE_TIMEOUT_MILLIS * 1_000_000L,
              TRIAL_TIMEOUT_MILLIS * 1_000_000L),
          new Breaker.Callbacks() {
            @Override
            public void opened() {
              openings++;
            }

            @Override
            public void trialAllowed() {
              trials++;
            }

            @Override
            public void closed(boolean afterTrial) {
              closings.add(afterTrial);
            }
          },
          timer,
          listener);

  private CompletionStage<Void> probe() {
    CompletableFuture<Void> probe = new CompletableFuture<>();
    probes.add(probe);
    return probe;
  }

  private void open() {
    breaker.failed(true, "401");
  }

  private void openAndProbeWell() {
    open();
    timer.advanceMillis(FIRST_PAUSE_MILLIS);
    probes.get(probes.size() - 1).complete(null);
  }

  @Test
  void opensAfterFiveFailedRequestsInARow() {
    for (int i = 0; i < 4; i++) {
      breaker.failed(false, "503");
    }
    breaker.succeeded();
    for (int i = 0; i < 4; i++) {
      breaker.failed(false, "503");
    }
    assertThat(breaker.isClosed()).isTrue();
    breaker.failed(false, "503");

    assertThat(breaker.isClosed()).isFalse();
    assertThat(openings).isEqualTo(1);
    breaker.failed(false, "503");
    assertThat(openings).isEqualTo(1);
  }

  @Test
  void opensImmediatelyWhenTheClusterIsBlocked() {
    breaker.failed(true, "401");

    assertThat(breaker.isClosed()).isFalse();
    assertThat(openings).isEqualTo(1);
  }

  @Test
  void opensWhenADeadlineExpiresWithoutAnyAcknowledgement() {
    timer.advanceMillis(10);
    long acceptedAt = timer.nanoTime();
    timer.advanceMillis(10);
    breaker.succeeded();
    breaker.expired(acceptedAt);
    assertThat(breaker.isClosed()).isTrue();
    timer.advanceMillis(10);
    breaker.expired(timer.nanoTime());

    assertThat(breaker.isClosed()).isFalse();
    assertThat(openings).isEqualTo(1);
  }

  @Test
  void probesWithLongerPausesUntilTheClusterAcceptsARequest() {
    openAndProbeWell();
    assertThat(breaker.tryTrial()).isTrue();
    breaker.closeUntried(); // the cluster has answered, but accepted nothing yet
    probes.clear();
    open();
    timer.advanceMillis(FIRST_PAUSE_MILLIS);
    assertThat(probes).isEmpty();
    timer.advanceMillis(FIRST_PAUSE_MILLIS);
    assertThat(probes).hasSize(1);
    breaker.succeeded();
    open();
    timer.advanceMillis(FIRST_PAUSE_MILLIS);

    assertThat(probes).hasSize(2);
  }

  @Test
  void neverOpensWithoutASpool() {
    Breaker never = Breaker.neverOpen(timer);
    for (int i = 0; i < 10; i++) {
      never.failed(true, "401");
    }
    timer.advanceMillis(60_000);
    never.expired(timer.nanoTime());

    assertThat(never.isClosed()).isTrue();
  }

  @Test
  void reportsEachChangeOfStateOnceWithItsReason() {
    for (int i = 0; i < 7; i++) {
      breaker.failed(false, "503");
    }
    assertThat(breaker.reason()).isEqualTo("503");
    breaker.succeeded();
    breaker.succeeded();
    assertThat(breaker.reason()).isNull();
    breaker.expired(timer.nanoTime());
    assertThat(notifications)
        .containsExactly(
            "opened: 503",
            "closed",
            "opened: nothing was acknowledged within the delivery time-out");
  }

  @Test
  void aFailedTrialIsNotReportedAsANewOpening() {
    openAndProbeWell();
    assertThat(breaker.tryTrial()).isTrue();
    breaker.failed(true, "401 again");
    assertThat(breaker.isClosed()).isFalse();
    assertThat(breaker.reason()).isEqualTo("401");
    assertThat(notifications).containsExactly("opened: 401");
  }

  @Test
  void probesTheClusterWithGrowingPausesOneAtATime() {
    open();
    assertThat(probes).isEmpty();
    long askedAt = timer.nanoTime();
    List<Long> pauses = new ArrayList<>();
    while (probes.size() < 8) {
      int before = probes.size();
      timer.advanceMillis(1);
      if (probes.size() > before) {
        assertThat(probes).hasSize(before + 1);
        pauses.add((timer.nanoTime() - askedAt) / 1_000_000);
        askedAt = timer.nanoTime();
        probes.get(before).completeExceptionally(new IllegalStateException("still gone"));
      }
    }

    for (int i = 0; i < pauses.size(); i++) {
      long bound = Math.min(LAST_PAUSE_MILLIS, (long) FIRST_PAUSE_MILLIS << i);
      assertThat(pauses.get(i)).isBetween(bound / 2 - 1, bound + 1);
    }
    assertThat(trials).isZero();
  }

  @Test
  void aHangingProbeIsAbandonedAndItsLateAnswerIgnored() {
    open();
    timer.advanceMillis(FIRST_PAUSE_MILLIS);
    assertThat(probes).hasSize(1);
    timer.advanceMillis(PROBE_TIMEOUT_MILLIS + 2 * FIRST_PAUSE_MILLIS);
    assertThat(probes).hasSize(2);
    probes.get(0).complete(null);
    assertThat(trials).isZero();
    probes.get(1).complete(null);

    assertThat(trials).isEqualTo(1);
  }

  @Test
  void aThrowingProbeCountsAsFailed() {
    int[] asked = new int[1];
    Breaker throwing =
        new Breaker(
            () -> {
              asked[0]++;
              throw new IllegalStateException("cannot even ask");
            },
            new Breaker.Settings(
                new Backoff(1_000_000, 1_000_000, new Random(1)), 1_000_000_000, 1_000_000_000),
            Breaker.NO_CALLBACKS,
            timer,
            StreamListener.NONE);
    throwing.failed(true, "401");
    timer.advanceMillis(100);

    assertThat(asked[0]).isGreaterThan(50);
  }

  @Test
  void letsExactlyOneTrialThrough() {
    assertThat(breaker.tryTrial()).isFalse();
    openAndProbeWell();

    assertThat(trials).isEqualTo(1);
    assertThat(breaker.isClosed()).isFalse();
    assertThat(breaker.tryTrial()).isTrue();
    assertThat(breaker.tryTrial()).isFalse();
    breaker.succeeded();
    assertThat(breaker.isClosed()).isTrue();
    assertThat(closings).containsExactly(true);
    assertThat(breaker.tryTrial()).isFalse();
  }

  @Test
  void opensAgainAndProbesWhenTheTrialFails() {
    openAndProbeWell();
    breaker.tryTrial();
    breaker.failed(false, "503");
    assertThat(openings).isEqualTo(2);
    assertThat(breaker.tryTrial()).isFalse();
    timer.advanceMillis(2 * FIRST_PAUSE_MILLIS);
    assertThat(probes).hasSize(2);
    probes.get(1).complete(null);

    assertThat(breaker.tryTrial()).isTrue();
    breaker.succeeded();
    assertThat(breaker.isClosed()).isTrue();
  }

  @Test
  void opensAgainWhenTheTrialHangs() {
    openAndProbeWell();
    breaker.tryTrial();
    timer.advanceMillis(TRIAL_TIMEOUT_MILLIS);

    assertThat(openings).isEqualTo(2);
    timer.advanceMillis(2 * FIRST_PAUSE_MILLIS);
    assertThat(probes).hasSize(2);
  }

  @Test
  void theTimeoutOfACompletedTrialDoesNotOpenIt() {
    openAndProbeWell();
    breaker.tryTrial();
    breaker.succeeded();
    timer.advanceMillis(TRIAL_TIMEOUT_MILLIS);

    assertThat(breaker.isClosed()).isTrue();
    assertThat(openings).isEqualTo(1);
  }

  @Test
  void anUnusedTrialCanBeMadeLater() {
    openAndProbeWell();
    breaker.tryTrial();
    breaker.cancelTrial();
    timer.advanceMillis(TRIAL_TIMEOUT_MILLIS);

    assertThat(openings).isEqualTo(1);
    assertThat(breaker.tryTrial()).isTrue();
  }

  @Test
  void aLateSuccessClosesIt() {
    open();
    breaker.succeeded();

    assertThat(breaker.isClosed()).isTrue();
    assertThat(closings).containsExactly(false);
    timer.advanceMillis(10_000);
    assertThat(probes).isEmpty();
  }

  @Test
  void closesWhenThereIsNoDocumentForATrial() {
    breaker.closeUntried();
    assertThat(closings).isEmpty();
    openAndProbeWell();
    breaker.closeUntried();
    assertThat(breaker.isClosed()).isFalse();
    breaker.tryTrial();
    breaker.closeUntried();

    assertThat(breaker.isClosed()).isTrue();
    assertThat(closings).containsExactly(true);
  }

  @Test
  void pausesStartAgainAfterClosing() {
    open();
    timer.advanceMillis(60_000);
    breaker.succeeded();
    int before = probes.size();
    open();
    timer.advanceMillis(FIRST_PAUSE_MILLIS);

    assertThat(probes).hasSize(before + 1);
  }

  @Test
  void stopsProbingWhenItIsStopped() {
    open();
    breaker.stop();
    timer.advanceMillis(60_000);

    assertThat(probes).isEmpty();
  }
}

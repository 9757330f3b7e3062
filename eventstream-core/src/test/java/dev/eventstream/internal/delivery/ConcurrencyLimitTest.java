package dev.eventstream.internal.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.internal.delivery.ConcurrencyLimit.Permit;
import dev.eventstream.internal.delivery.ConcurrencyLimit.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ConcurrencyLimitTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000 * MILLI;

  private final ConcurrencyLimit limit = new ConcurrencyLimit(8);

  private static List<Permit> all(ConcurrencyLimit limit, boolean replay, long now) {
    List<Permit> taken = new ArrayList<>();
    for (Permit permit = limit.tryAcquire(replay ? Use.REPLAY : Use.LIVE, now);
        permit != null;
        permit = limit.tryAcquire(replay ? Use.REPLAY : Use.LIVE, now)) {
      taken.add(permit);
    }
    return taken;
  }

  @Test
  void liveTrafficOrReplayMayUseAllPermitsAlone() {
    List<Permit> replay = all(limit, true, 0);
    assertThat(replay).hasSize(8);
    assertThat(limit.areFree()).isFalse();
    replay.forEach(limit::release);
    assertThat(limit.areFree()).isTrue();

    assertThat(all(limit, false, 0)).hasSize(8);
  }

  @Test
  void theReplayHasHalfOfThePermitsDuringLiveTraffic() {
    limit.release(limit.tryAcquire(Use.LIVE, 10 * SECOND));
    assertThat(all(limit, true, 10 * SECOND + 1)).hasSize(4);
    assertThat(all(limit, true, 12 * SECOND)).hasSize(4);
  }

  @Test
  void continuousLiveTrafficLeavesAPermitForTheReplay() {
    List<Permit> live = all(limit, false, 0);
    assertThat(limit.tryAcquire(Use.REPLAY, 0)).isNull();
    limit.release(live.get(0));

    assertThat(limit.tryAcquire(Use.LIVE, 0)).isNull();
    Permit replay = limit.tryAcquire(Use.REPLAY, 0);
    assertThat(replay).isNotNull();
    limit.release(replay);
    assertThat(limit.tryAcquire(Use.LIVE, 0)).isNotNull();
  }

  @Test
  void liveTrafficHasAllPermitsWhenTheReplayNeedsNone() {
    List<Permit> live = all(limit, false, 0);
    assertThat(limit.tryAcquire(Use.REPLAY, 0)).isNull();
    limit.release(live.get(0));
    limit.replayNeedsNone();

    assertThat(limit.tryAcquire(Use.LIVE, 0)).isNotNull();
  }

  @Test
  void bothAlternateWithASinglePermit() {
    ConcurrencyLimit one = new ConcurrencyLimit(1);
    int live = 0;
    int replay = 0;
    Permit held = one.tryAcquire(Use.LIVE, 0);
    for (int i = 0; i < 100; i++) {
      Permit liveToo = one.tryAcquire(Use.LIVE, i);
      Permit replayToo = one.tryAcquire(Use.REPLAY, i);
      assertThat(liveToo).isNull();
      assertThat(replayToo).isNull();
      one.release(held);
      held = one.tryAcquire(Use.LIVE, i);
      if (held != null) {
        live++;
      } else {
        held = one.tryAcquire(Use.REPLAY, i);
        assertThat(held).isNotNull();
        replay++;
      }
    }

    assertThat(live).isEqualTo(50);
    assertThat(replay).isEqualTo(50);
  }

  @Test
  void neverExceedsTheLimitInAnyOrderOfRequests() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      int max = 1 + random.nextInt(6);
      ConcurrencyLimit some = new ConcurrencyLimit(max);
      List<Permit> taken = new ArrayList<>();
      long now = random.nextLong() >> 8;
      for (int i = 0; i < 500; i++) {
        now += random.nextInt(100) * MILLI;
        if (random.nextBoolean()) {
          Permit permit = some.tryAcquire(random.nextBoolean() ? Use.REPLAY : Use.LIVE, now);
          if (permit != null) {
            taken.add(permit);
          }
        } else if (!taken.isEmpty()) {
          Permit permit = taken.get(random.nextInt(taken.size()));
          switch (random.nextInt(4)) {
            case 0 -> some.overloaded(permit, now);
            case 1 -> {}
            default -> some.answered(permit, 1 + random.nextInt(1_000), now);
          }
          taken.remove(permit);
          assertThat(some.release(permit)).as("seed %d", seed).isTrue();
          assertThat(some.release(permit)).as("seed %d", seed).isFalse();
        } else if (random.nextInt(10) == 0) {
          some.replayNeedsNone();
        }
        assertThat(some.taken()).as("seed %d", seed).isLessThanOrEqualTo(max);
        assertThat(some.requests()).as("seed %d", seed).isEqualTo(taken.size());
        assertThat(some.limit()).as("seed %d", seed).isBetween(1, max);
      }
      taken.forEach(some::release);
      assertThat(some.areFree()).as("seed %d", seed).isTrue();
    }
  }

  @Test
  void shrinksOncePerRoundWhenTheClusterIsBusy() {
    List<Permit> taken = all(limit, false, 0);
    for (Permit permit : taken) {
      limit.overloaded(permit, MILLI);
      limit.release(permit);
    }
    assertThat(limit.limit()).isEqualTo(6);
    for (int i = 1; i <= 50; i++) {
      long now = 10L * i * MILLI;
      Permit permit = limit.tryAcquire(Use.LIVE, now);
      limit.overloaded(permit, now + MILLI);
      limit.release(permit);
    }
    assertThat(limit.limit()).isEqualTo(1);
  }

  @Test
  void growsAgainWhenAllPermitsAreInUseAndAnswersAreGood() {
    for (int i = 1; i <= 50; i++) {
      Permit permit = limit.tryAcquire(Use.LIVE, 10L * i * MILLI);
      limit.overloaded(permit, 10L * i * MILLI + 1);
      limit.release(permit);
    }
    for (int round = 0; round < 100; round++) {
      long now = SECOND + 10 * MILLI * round;
      List<Permit> taken = all(limit, false, now);
      for (Permit permit : taken) {
        limit.answered(permit, 10, now + MILLI);
      }
      taken.forEach(limit::release);
    }

    assertThat(limit.limit()).isEqualTo(8);
  }

  @Test
  void shrinksWhenAnswersTakeMuchLongerThanUsual() {
    long now = 0;
    for (int i = 0; i < 100; i++, now += SECOND) {
      Permit permit = limit.tryAcquire(Use.LIVE, now);
      limit.answered(permit, 100, now + 50 * MILLI);
      limit.release(permit);
    }
    assertThat(limit.limit()).isEqualTo(8);
    Permit slow = limit.tryAcquire(Use.LIVE, now);
    limit.answered(slow, 100, now + 2 * SECOND);

    assertThat(limit.limit()).isEqualTo(7);
  }

  @Test
  void requestsOfOtherSizesAndQuickOnesDoNotCountAsSlow() {
    long now = 0;
    for (int i = 0; i < 100; i++, now += SECOND) {
      Permit permit = limit.tryAcquire(Use.LIVE, now);
      limit.answered(permit, 1, now + MILLI);
      limit.release(permit);
    }
    Permit large = limit.tryAcquire(Use.LIVE, now);
    limit.answered(large, 1_000, now + 2 * SECOND);
    Permit quick = limit.tryAcquire(Use.LIVE, now);
    limit.answered(quick, 1, now + 90 * MILLI);

    assertThat(limit.limit()).isEqualTo(8);
  }

  @Test
  void aRevokedPermitIsNotReleasedAgain() {
    List<Permit> lost = all(limit, false, 0);
    limit.revokeAll();
    assertThat(limit.areFree()).isTrue();
    List<Permit> taken = all(limit, false, 0);
    assertThat(taken).hasSize(8);
    lost.forEach(permit -> assertThat(limit.release(permit)).isFalse());

    assertThat(limit.tryAcquire(Use.LIVE, 0)).isNull();
    taken.forEach(limit::release);
    assertThat(limit.areFree()).isTrue();
  }

  @Test
  void aTrialAlwaysHasAPermit() {
    all(limit, false, 0);
    Permit trial = limit.acquireForTrial(0);

    assertThat(limit.tryAcquire(Use.REPLAY, 0)).isNull();
    assertThat(limit.release(trial)).isTrue();
  }

  @Test
  void isolatedDocumentsHaveExactlyOnePermit() {
    Permit apart = limit.tryAcquire(Use.APART, 0);
    assertThat(apart).isNotNull();
    assertThat(limit.tryAcquire(Use.APART, 0)).isNull();
    for (int i = 0; i < 7; i++) {
      assertThat(limit.tryAcquire(Use.LIVE, 0)).isNotNull();
    }
    assertThat(limit.tryAcquire(Use.LIVE, 0)).isNull();
    limit.release(apart);

    assertThat(limit.tryAcquire(Use.APART, 0)).isNotNull();
  }

  /** Answers requests that are all sent at the same time, the last of them 10 ms later. */
  private void answerLaterOnes(int requests, long now) {
    for (int i = 0; i < requests; i++) {
      Permit later = limit.tryAcquire(Use.LIVE, now);
      assertThat(later).isNotNull();
      limit.answered(later, 1, now + 10 * MILLI);
      limit.release(later);
    }
  }

  @Test
  void anOvertakenRequestLosesItsPermit() {
    Permit hung = limit.tryAcquire(Use.LIVE, 0);
    answerLaterOnes(3, 900 * MILLI);
    assertThat(limit.taken()).as("it may still be answered soon").isOne();
    answerLaterOnes(1, 1_100 * MILLI);

    assertThat(limit.taken()).isZero();
    assertThat(limit.requests()).isOne();
    limit.overloaded(hung, 10 * SECOND);
    assertThat(limit.limit()).as("the cluster is not busy").isEqualTo(8);
    assertThat(limit.release(hung)).isTrue();
    assertThat(limit.requests()).isZero();
  }

  @Test
  void aRequestKeepsItsPermitWhileOnlyAFewOrEarlierOnesAreAnswered() {
    Permit earlier = limit.tryAcquire(Use.LIVE, 0);
    limit.tryAcquire(Use.LIVE, 1);
    answerLaterOnes(2, 2 * SECOND);
    limit.answered(earlier, 1, 2 * SECOND);
    limit.release(earlier);

    assertThat(limit.taken()).isOne();
  }

  @Test
  void limitsTheRequestsThatLoseTheirPermits() {
    int hung = 0;
    for (int second = 0; limit.limit() > limit.taken(); second += 2) {
      limit.tryAcquire(Use.LIVE, second * SECOND);
      hung++;
      if (limit.limit() > limit.taken()) {
        answerLaterOnes(10, (second + 2) * SECOND - MILLI);
      }
    }

    assertThat(hung).isEqualTo(9 * 8);
    assertThat(limit.revokeTakenUntil(1_000 * SECOND)).isTrue();
    assertThat(limit.requests()).isZero();
  }
}

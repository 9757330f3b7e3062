package dev.eventstream.internal.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class ThrottleTest {
  private static final double BURST_SECONDS = 0.1;

  /** Both senders wait as long as told, and take as soon as they may. */
  @Property(tries = 300)
  void keepsTheRateOverTimeForAnySizesOfRequests(
      @ForAll @IntRange(min = 1, max = 5_000) int perSecond,
      @ForAll @Size(min = 1, max = 20) List<@IntRange(min = 1, max = 3_000) Integer> sizes,
      @ForAll @IntRange(min = 1, max = 700) int liveEveryMillis,
      @ForAll @IntRange(min = 1, max = 5_000) int replayEveryMillis) {
    ManualTimer timer = new ManualTimer();
    Throttle throttle = new Throttle(perSecond, timer);
    long taken = 0;
    int next = 0;
    int largest = sizes.stream().mapToInt(Integer::intValue).max().orElseThrow();
    for (int millis = 1; millis <= 60_000; millis++) {
      timer.advanceMillis(1);
      for (boolean replay : new boolean[] {false, true}) {
        if (millis % (replay ? replayEveryMillis : liveEveryMillis) == 0) {
          int size = sizes.get(next++ % sizes.size());
          taken += throttle.tryTake(replay, size) ? size : 0;
        }
      }
      double burst = 2 * Math.max(1, BURST_SECONDS * perSecond);
      assertThat((double) taken)
          .isLessThanOrEqualTo(perSecond * millis / 1_000.0 + burst + 2 * largest);
    }
  }

  private static long takenIn(int seconds, Throttle throttle, ManualTimer timer, boolean replay) {
    long taken = 0;
    long end = timer.nanoTime() + seconds * 1_000_000_000L;
    while (timer.nanoTime() < end) {
      while (throttle.tryTake(replay, 100)) {
        taken += 100;
      }
      timer.advanceMillis(1);
    }
    return taken;
  }

  @Test
  void liveTrafficOrReplayMayUseTheWholeRateAlone() {
    ManualTimer timer = new ManualTimer();
    Throttle throttle = new Throttle(1_000, timer);

    assertThat(takenIn(20, throttle, timer, false)).isBetween(19_500L, 20_500L);
    assertThat(takenIn(20, throttle, timer, true)).isBetween(19_500L, 20_500L);
  }

  @Test
  void bothShareTheRateEvenlyWhileBothNeedIt() {
    ManualTimer timer = new ManualTimer();
    Throttle throttle = new Throttle(1_000, timer);
    long live = 0;
    long replay = 0;
    for (int millis = 0; millis < 60_000; millis++) {
      live += throttle.tryTake(false, 7) ? 7 : 0;
      replay += throttle.tryTake(true, 1_000) ? 1_000 : 0;
      timer.advanceMillis(1);
    }

    assertThat(live).isBetween(29_000L, 31_500L);
    assertThat(replay).isBetween(29_000L, 31_500L);
  }

  @Test
  void anUnusedShareGoesToTheOther() {
    ManualTimer timer = new ManualTimer();
    Throttle throttle = new Throttle(1_000, timer);
    long replay = 0;
    for (int millis = 0; millis < 60_000; millis++) {
      if (millis % 100 == 0) {
        assertThat(throttle.tryTake(false, 10)).isTrue();
      }
      replay += throttle.tryTake(true, 50) ? 50 : 0;
      timer.advanceMillis(1);
    }

    assertThat(replay).isBetween(53_000L, 54_500L);
  }

  @Test
  void afterAPauseABurstOfATenthOfASecondIsAllowed() {
    ManualTimer timer = new ManualTimer();
    Throttle throttle = new Throttle(1_000, timer);
    timer.advanceMillis(3_600_000);
    int taken = 0;
    while (throttle.tryTake(false, 1)) {
      taken++;
    }

    assertThat(taken).isEqualTo(100);
  }

  @Test
  void aRequestLargerThanTheRateIsSentAndPaidOff() {
    ManualTimer timer = new ManualTimer();
    Throttle throttle = new Throttle(10, timer);
    assertThat(throttle.tryTake(true, 1_000)).isTrue();
    assertThat(throttle.tryTake(true, 1)).isFalse();
    long wait = throttle.nanosUntil(true);
    assertThat(wait / 1e9).isBetween(99.0, 101.0);
    timer.advanceMillis(wait / 1_000_000 - 200);
    assertThat(throttle.tryTake(true, 1)).isFalse();
    timer.advanceMillis(201);

    assertThat(throttle.tryTake(true, 1)).isTrue();
  }

  @Test
  void aSenderMayTakeAfterTheReportedWait() {
    ManualTimer timer = new ManualTimer();
    Throttle throttle = new Throttle(50, timer);
    for (int i = 0; i < 100; i++) {
      assertThat(throttle.nanosUntil(true)).isZero();
      assertThat(throttle.tryTake(true, 20)).isTrue();
      throttle.tryTake(false, 30);
      timer.advanceMillis(throttle.nanosUntil(true) / 1_000_000 + 1);
    }
  }

  @Test
  void aRateBelowOnePerSecondWorks() {
    ManualTimer timer = new ManualTimer();
    Throttle throttle = new Throttle(1, timer);

    assertThat(takenIn(1_000, throttle, timer, false)).isBetween(900L, 1_200L);
  }
}

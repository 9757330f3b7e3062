package dev.eventstream.internal.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BackoffTest {
  /** Returns the largest number allowed. */
  private static final class Largest implements RandomGenerator {
    @Override
    public long nextLong() {
      throw new AssertionError("not used");
    }

    @Override
    public long nextLong(long bound) {
      return bound - 1;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 50",
    "1, 100",
    "2, 200",
    "3, 400",
    "4, 800",
    "5, 1600",
    "6, 2000",
    "7, 2000",
    "1000, 2000"
  })
  void doublesItsBoundUpToTheMaximum(int attempt, long bound) {
    assertThat(new Backoff(50, 2_000, new Largest()).nanos(attempt)).isEqualTo(bound);
  }

  @ParameterizedTest
  @CsvSource({"PT3H, P1D", "P1D, P10D", "PT0.001S, P100000D", "P100000D, P100000D"})
  void staysWithinItsBoundAfterManyAttempts(Duration base, Duration max) {
    Backoff backoff = new Backoff(base.toNanos(), max.toNanos(), new Largest());
    long before = 0;
    for (int attempt = 0; attempt < 70; attempt++) {
      long wait = backoff.nanos(attempt);
      assertThat(wait).isBetween(before, max.toNanos());
      before = wait;
    }
  }

  @Test
  void drawsFromZeroToItsBound() {
    Backoff backoff = new Backoff(1_000, 8_000, new Random(1));
    long[] waits = new Random(0).longs(10_000).map(i -> backoff.nanos(2)).toArray();

    assertThat(waits).hasSize(10_000);
    assertThat(java.util.Arrays.stream(waits).min().orElseThrow()).isBetween(0L, 50L);
    assertThat(java.util.Arrays.stream(waits).max().orElseThrow()).isBetween(3_950L, 4_000L);
    assertThat(java.util.Arrays.stream(waits).average().orElseThrow()).isBetween(1_900.0, 2_100.0);
  }
}

package dev.eventstream.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.eventstream.benchmarks.Change.Verdict;
import dev.eventstream.benchmarks.Figures.Better;
import java.util.Arrays;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class ChangeTest {
  private static final double[] FIVE = {100, 101, 102, 103, 104};

  private static Figures.Figure figure(Better better, double... samples) {
    return new Figures.Figure(
        "f", new TreeMap<>(), "ns/op", better, Arrays.stream(samples).boxed().toList());
  }

  private static Change change(Better better, double[] before, double... after) {
    return new Change(figure(better, before), figure(better, after));
  }

  @Test
  void fiveSamplesThatAreAllSmallerThanFiveOthersAreSignificant() {
    Change change = change(Better.LOWER, FIVE, 90, 91, 92, 93, 94);

    assertThat(change.pValue()).isCloseTo(2.0 / 252, within(1e-12));
    assertThat(change.verdict()).isEqualTo(Verdict.IMPROVED);
  }

  @Test
  void higherIsWorseIfLowerIsBetter() {
    assertThat(change(Better.LOWER, FIVE, 110, 111, 112, 113, 114).verdict())
        .isEqualTo(Verdict.WORSENED);
    assertThat(change(Better.HIGHER, FIVE, 110, 111, 112, 113, 114).verdict())
        .isEqualTo(Verdict.IMPROVED);
  }

  @Test
  void overlappingSamplesAreNoiseEvenWithDistantMedians() {
    assertThat(change(Better.LOWER, FIVE, 50, 60, 70, 200, 300).verdict())
        .isEqualTo(Verdict.WITHIN_NOISE);
  }

  @Test
  void lessThanThreePercentIsIgnoredEvenIfSignificant() {
    Change change = change(Better.LOWER, FIVE, 104.1, 104.2, 104.3, 104.4, 104.5);

    assertThat(change.pValue()).isLessThan(0.01);
    assertThat(change.verdict()).isEqualTo(Verdict.WITHIN_NOISE);
  }

  @Test
  void threeRoundsAreNeverSignificant() {
    Change change = change(Better.LOWER, new double[] {1, 2, 3}, 4, 5, 6);

    assertThat(change.pValue()).isCloseTo(0.1, within(1e-12));
    assertThat(change.verdict()).isEqualTo(Verdict.WITHIN_NOISE);
  }

  @Test
  void equalSamplesAreUnchanged() {
    Change change = change(Better.LOWER, new double[] {0, 0, 0, 0, 0}, 0, 0, 0, 0, 0);

    assertThat(change.pValue()).isEqualTo(1);
    assertThat(change.ratio()).isEqualTo(1);
    assertThat(change.verdict()).isEqualTo(Verdict.WITHIN_NOISE);
  }

  @Test
  void aChangeFromZeroIsAChange() {
    assertThat(change(Better.LOWER, new double[] {0, 0, 0, 0, 0}, 8, 8, 8, 8, 8).verdict())
        .isEqualTo(Verdict.WORSENED);
  }

  @Test
  void fractionsOfAByteAreNotAnAllocation() {
    Figures.Figure before = bytes(0.05, 0.06, 0.07, 0.08, 0.09);

    assertThat(new Change(before, bytes(0.15, 0.16, 0.17, 0.18, 0.19)).verdict())
        .isEqualTo(Verdict.WITHIN_NOISE);
    assertThat(new Change(before, bytes(16.1, 16.1, 16.1, 16.1, 16.1)).verdict())
        .isEqualTo(Verdict.WORSENED);
  }

  private static Figures.Figure bytes(double... samples) {
    return new Figures.Figure(
        "f", new TreeMap<>(), "B/op", Better.LOWER, Arrays.stream(samples).boxed().toList());
  }
}

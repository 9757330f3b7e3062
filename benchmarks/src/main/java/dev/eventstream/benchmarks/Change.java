package dev.eventstream.benchmarks;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/**
 * Whether a figure changed between two versions that ran alternately, or differs only by noise.
 *
 * @param before the figure of the old version
 * @param after the figure of the new version
 */
record Change(Figures.Figure before, Figures.Figure after) {
  /** The significance level. Five rounds per version can reach it, three cannot. */
  static final double ALPHA = 0.05;

  /** Smaller relative changes are ignored even if they are significant. */
  static final double MINIMUM = 0.03;

  /**
   * Fractions of a byte are allocations of the JVM outside the benchmark, distributed over its
   * operations.
   */
  private static final double MINIMUM_BYTES = 0.5;

  /** The result of the comparison. */
  enum Verdict {
    IMPROVED,
    WORSENED,
    WITHIN_NOISE
  }

  Verdict verdict() {
    boolean tooFewBytes =
        after.unit().equals("B/op") && Math.abs(after.median() - before.median()) < MINIMUM_BYTES;
    if (tooFewBytes || Math.abs(ratio() - 1) < MINIMUM || pValue() > ALPHA) {
      return Verdict.WITHIN_NOISE;
    }
    boolean higher = after.median() > before.median();
    return higher == (after.better() == Figures.Better.HIGHER)
        ? Verdict.IMPROVED
        : Verdict.WORSENED;
  }

  /** Returns the new median divided by the old one; infinite if the old one is 0. */
  double ratio() {
    double from = before.median();
    double to = after.median();
    return from == to ? 1 : to / from;
  }

  /**
   * Returns the probability of samples at least this different if both versions are equal: the
   * two-sided Mann–Whitney U test. It is exact for few samples and for ties, because it counts all
   * assignments of the ranks.
   */
  double pValue() {
    double[] old = before.samples().stream().mapToDouble(Double::doubleValue).toArray();
    double[] all =
        DoubleStream.concat(
                Arrays.stream(old), after.samples().stream().mapToDouble(Double::doubleValue))
            .sorted()
            .toArray();
    int[] ranks = Arrays.stream(all).mapToInt(sample -> doubledRank(all, sample)).toArray();
    int oldSum = Arrays.stream(old).mapToInt(sample -> doubledRank(all, sample)).sum();

    int most = Arrays.stream(ranks).sum();
    double[][] ways =
        new double[old.length + 1][most + 1]; // by the number of samples and the sum of their ranks
    ways[0][0] = 1;
    for (int rank : ranks) {
      for (int count = old.length; count > 0; count--) {
        for (int sum = most; sum >= rank; sum--) {
          ways[count][sum] += ways[count - 1][sum - rank];
        }
      }
    }
    double[] sums = ways[old.length];
    double total = Arrays.stream(sums).sum();
    double low = Arrays.stream(sums, 0, oldSum + 1).sum();
    double high = Arrays.stream(sums, oldSum, most + 1).sum();
    return Math.min(1, 2 * Math.min(low, high) / total);
  }

  /** Returns twice the rank; equal samples have their mean rank. */
  private static int doubledRank(double[] sorted, double sample) {
    int first = 0;
    while (sorted[first] < sample) {
      first++;
    }
    int last = first;
    while (last + 1 < sorted.length && sorted[last + 1] == sample) {
      last++;
    }
    return first + last + 2;
  }
}

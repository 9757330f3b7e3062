package dev.eventstream.benchmarks;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/**
 * Whether a figure moved between two versions that ran in turn, or differs by no more than the
 * noise.
 *
 * @param before the figure of the old version
 * @param after the figure of the new one
 */
record Change(Figures.Figure before, Figures.Figure after) {
  /** How sure one wants to be that it is no chance; five rounds each can say so, three cannot. */
  static final double ALPHA = 0.05;

  /** What is less is not worth speaking of, however sure. */
  static final double MINIMUM = 0.03;

  /**
   * Parts of a byte are what the JVM allocates beside the benchmark, spread over its operations.
   */
  private static final double MINIMUM_BYTES = 0.5;

  /** What came of it. */
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

  /** The new median by the old; infinite where there was nothing before. */
  double ratio() {
    double from = before.median();
    double to = after.median();
    return from == to ? 1 : to / from;
  }

  /**
   * How likely samples so far apart are when both versions are alike: Mann and Whitney's U test,
   * two-sided. Exact, also for few samples and for ties: all ways to deal the ranks are counted.
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
    double[][] ways = new double[old.length + 1][most + 1]; // by how many and by their ranks' sum
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

  /** Twice the rank, which is the mean of the ranks of equal samples. */
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

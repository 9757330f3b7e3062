package dev.eventstream.server.config;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds what somebody probably meant. */
final class Nearest {
  private static final int LONGEST = 100;

  private Nearest() {}

  /**
   * Returns the name that is most similar.
   *
   * @return null: none is similar, that is, differs in at most two characters and in less than half
   */
  static @Nullable String to(String given, Collection<String> names) {
    String nearest = null;
    int least = Integer.MAX_VALUE;
    for (String name : given.length() > LONGEST ? List.<String>of() : names) {
      int distance = distance(given, name);
      if (distance < least && distance <= 2 && 2 * distance < name.length()) {
        least = distance;
        nearest = name;
      }
    }
    return nearest;
  }

  /**
   * The number of characters to insert, delete, replace or exchange with their neighbour (optimal
   * string alignment).
   */
  static int distance(String one, String other) {
    int[][] distances = new int[one.length() + 1][other.length() + 1];
    for (int i = 0; i <= one.length(); i++) {
      for (int j = 0; j <= other.length(); j++) {
        distances[i][j] = i == 0 || j == 0 ? i + j : least(one, i, other, j, distances);
      }
    }
    return distances[one.length()][other.length()];
  }

  private static int least(String one, int i, String other, int j, int[][] distances) {
    int cost = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
    int least =
        Math.min(
            distances[i - 1][j - 1] + cost, 1 + Math.min(distances[i - 1][j], distances[i][j - 1]));
    boolean exchanged =
        i > 1
            && j > 1
            && one.charAt(i - 1) == other.charAt(j - 2)
            && one.charAt(i - 2) == other.charAt(j - 1);
    return exchanged ? Math.min(least, distances[i - 2][j - 2] + 1) : least;
  }
}

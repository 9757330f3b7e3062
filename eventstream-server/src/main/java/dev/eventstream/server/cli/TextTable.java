package dev.eventstream.server.cli;

import java.io.PrintStream;
import java.util.List;

/** Prints rows of texts in columns. */
final class TextTable {
  private TextTable() {}

  /**
   * Prints the rows.
   *
   * @param rows the first one is the head; all have as many cells
   */
  static void print(List<List<String>> rows, PrintStream out) {
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
      }
      out.println(line.toString().stripTrailing());
    }
  }
}

package dev.eventstream.benchmarks;

import dev.eventstream.benchmarks.Figures.Figure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Prints the figures of a file as a Markdown table. */
public final class Table {
  private static final String HELP =
      """
      Usage: ./bench table FILE

      Prints the figures of a result as a Markdown table.

        FILE   a result of these benchmarks or of JMH, such as ids.json
      """;

  private Table() {}

  /**
   * Prints the table.
   *
   * @param args a file with our own or JMH's figures
   * @throws IOException if it cannot be read
   */
  @SuppressWarnings("SystemOut") // the result
  public static void main(String[] args) throws IOException {
    if (CommandLine.printHelp(args, HELP, Map.of())) {
      return;
    }
    if (args.length != 1) {
      throw new IllegalArgumentException("specify one file with figures, such as ids.json");
    }
    System.out.print(of(Results.read(Path.of(args[0]))));
  }

  /** Returns one row per figure: its name, a column for each parameter, median, range and unit. */
  static String of(List<Figure> figures) {
    Set<String> params =
        figures.stream()
            .flatMap(figure -> figure.params().keySet().stream())
            .collect(Collectors.toCollection(TreeSet::new));
    StringBuilder table = new StringBuilder("| |");
    params.forEach(param -> table.append(' ').append(param).append(" |"));
    table.append(" median | range | unit |\n|---|").append("---|".repeat(params.size()));
    table.append("---:|---:|---|\n");
    for (Figure figure : figures) {
      table.append("| ").append(figure.name()).append(" |");
      for (String param : params) {
        table.append(' ').append(figure.params().getOrDefault(param, "")).append(" |");
      }
      String range =
          figure.samples().size() > 1 ? number(figure.min()) + " to " + number(figure.max()) : "";
      table.append(' ').append(number(figure.median())).append(" | ").append(range);
      table.append(" | ").append(figure.unit()).append(" |\n");
    }
    return table.toString();
  }

  /** Formats a number with three significant digits and grouped thousands. */
  static String number(double value) {
    double size = Math.abs(value);
    int decimals = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }
}

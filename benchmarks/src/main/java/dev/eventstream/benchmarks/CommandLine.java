package dev.eventstream.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The options of a benchmark, {@code --name value}, each with a default; and its help. */
final class CommandLine {
  private final Map<String, String> values;

  private CommandLine(Map<String, String> values) {
    this.values = values;
  }

  /**
   * Parses the command line.
   *
   * @param defaults all options with their default values
   */
  static CommandLine parse(String[] args, Map<String, String> defaults) {
    Map<String, String> values = new LinkedHashMap<>(defaults);
    for (int i = 0; i < args.length; i += 2) {
      String name = args[i].startsWith("--") ? args[i].substring(2) : "";
      if (!defaults.containsKey(name) || i + 1 == args.length) {
        throw new IllegalArgumentException(
            "expected --name value instead of "
                + args[i]
                + "; the names are "
                + new TreeSet<>(values.keySet()));
      }
      values.put(name, args[i + 1]);
    }
    return new CommandLine(values);
  }

  /**
   * Prints the help of a benchmark if it is requested.
   *
   * @param help the text; {@code {name}} stands for the default of an option
   * @return whether the help was printed, and the benchmark is to end
   */
  @SuppressWarnings("SystemOut") // the result
  static boolean printHelp(String[] args, String help, Map<String, String> defaults) {
    if (!List.of(args).contains("--help")) {
      return false;
    }
    String text = help;
    for (Map.Entry<String, String> option : defaults.entrySet()) {
      text = text.replace("{" + option.getKey() + "}", option.getValue());
    }
    System.out.print(text);
    return true;
  }

  String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("there is no option " + name);
    }
    return value;
  }

  int number(String name) {
    return Integer.parseInt(text(name));
  }
}

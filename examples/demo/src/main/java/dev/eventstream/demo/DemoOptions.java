package dev.eventstream.demo;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line options of the demo.
 *
 * @param port the server's port
 * @param engine product and version
 * @param enginePort the engine's port; null for 9200, or a free port if that is taken
 * @param data the engine's data directory; null for a temporary directory
 */
record DemoOptions(int port, String engine, @Nullable Integer enginePort, @Nullable Path data) {
  static final String USAGE =
      """
      Usage: demo [--port N] [--engine SPEC] [--engine-port N] [--data DIR]

        --port N         port of the server (default: 8080)
        --engine SPEC    opensearch:2.19.6 (default), elasticsearch:6.5.4, ...; see engine --help
        --engine-port N  port of the engine (default: 9200, or a free one if that is taken)
        --data DIR       where the engine keeps its data (default: a temporary directory)

      The server reads its settings from the environment; see serve --help.
      """;

  static DemoOptions parse(List<String> args) {
    int port = 8080;
    String engine = "opensearch:2.19.6";
    Integer enginePort = null;
    Path data = null;
    Iterator<String> rest = args.iterator();
    while (rest.hasNext()) {
      String option = rest.next();
      if (!List.of("--port", "--engine", "--engine-port", "--data").contains(option)) {
        throw new IllegalArgumentException("there is no option \"" + option + "\"");
      }
      if (!rest.hasNext()) {
        throw new IllegalArgumentException(option + " requires a value");
      }
      String value = rest.next();
      switch (option) {
        case "--port" -> port = port(option, value);
        case "--engine" -> engine = value;
        case "--engine-port" -> enginePort = port(option, value);
        default -> data = Path.of(value);
      }
    }
    return new DemoOptions(port, engine, enginePort, data);
  }

  private static int port(String option, String value) {
    if (value.matches("\\d{1,5}") && Integer.parseInt(value) <= 65_535) {
      return Integer.parseInt(value);
    }
    throw new IllegalArgumentException(
        option + " is \"" + value + "\"; specify a number from 0 to 65535");
  }
}

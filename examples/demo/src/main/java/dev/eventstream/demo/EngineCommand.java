package dev.eventstream.demo;

import dev.eventstream.server.cli.Console;
import dev.eventstream.testkit.EngineMain;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code engine SPEC}: runs a real engine as a local process. */
@Command(
    name = "engine",
    header = "Runs a real engine as a local process.",
    description =
        "Runs a real engine from Maven Central as a local process, for experiments, until SIGTERM or"
            + " SIGINT.")
final class EngineCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      paramLabel = "SPEC",
      description = "The engine, such as opensearch:2.19.6 or elasticsearch:6.5.4.")
  private String spec = "";

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "HTTP port on 127.0.0.1; 0 selects a free one (default: 9200).")
  private @Nullable String port;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Where data and log are kept (default: a temporary directory, deleted at the end).")
  private @Nullable String data;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      description = "The largest heap, such as 512m or 1g (default: 256m).")
  private @Nullable String heap;

  EngineCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<String> arguments = new ArrayList<>();
    arguments.add(spec);
    add(arguments, "--port", port);
    add(arguments, "--data", data);
    add(arguments, "--heap", heap);
    String failure = EngineMain.untilTheEnd(arguments);
    console.err().print(failure.isEmpty() ? "" : failure + System.lineSeparator());
    return failure.isEmpty() ? 0 : 1;
  }

  private static void add(List<String> arguments, String option, @Nullable String value) {
    if (value != null) {
      arguments.addAll(List.of(option, value));
    }
  }
}

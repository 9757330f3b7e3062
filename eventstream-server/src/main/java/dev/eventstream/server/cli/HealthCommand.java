package dev.eventstream.server.cli;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The command {@code health [URL]}: {@link HealthCheck}, which runs without other libraries. */
@Command(
    name = "health",
    header = "Checks whether a server is healthy.",
    description =
        "Checks whether a server is healthy, and prints the reason if it is not. With --json: one object"
            + " with healthy.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0: the answer is 200", "1: another answer, or none within 2 s", "2: usage"})
final class HealthCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      paramLabel = "URL",
      arity = "0..1",
      description =
          "The URL to check (default: /livez of the server on this machine, on the port"
              + " EVENTSTREAM_ADMIN_PORT, 8081; if that is \"off\", on EVENTSTREAM_PORT, 8080).")
  private @Nullable String url;

  HealthCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws Exception {
    int status =
        HealthCheck.run(
            url == null ? List.of() : List.of(url), console.environment(), console.err());
    if (console.json()) {
      console.printJson(Map.of("healthy", status == Cli.DONE));
    }
    return status;
  }
}

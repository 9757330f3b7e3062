package dev.eventstream.server.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** A group of options: how long a command waits for the spool at its end. */
final class SpoolWaiting {
  @Option(
      names = "--max-wait",
      paramLabel = "TIME",
      description =
          "For how long nothing may leave the spool before the command stops waiting for it at the"
              + " end (default: 5min).")
  private Duration max = Duration.ofMinutes(5);

  @Option(names = "--no-wait", description = "Does not wait for the spool.")
  private boolean none;

  /** For how long nothing may leave the spool; zero: does not wait. */
  Duration time() {
    return none ? Duration.ZERO : max;
  }

  /**
   * The exit code.
   *
   * @param incomplete whether something is in no index and will not be
   * @param spooled events that were not seen leaving the spool
   */
  int exitCode(boolean incomplete, long spooled) {
    return incomplete ? Cli.FAILED : spooled > 0 && !none ? Cli.WAITING : Cli.DONE;
  }
}

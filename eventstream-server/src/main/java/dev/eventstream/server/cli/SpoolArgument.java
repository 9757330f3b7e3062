package dev.eventstream.server.cli;

import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The only argument of commands that look into a spool: its directory. */
final class SpoolArgument {

  /** What a command does with the directory. */
  @FunctionalInterface
  interface Action {
    /** Does it, and gives the exit code. */
    int on(Path root) throws IOException;
  }

  private SpoolArgument() {}

  /**
   * Runs a command.
   *
   * @param name of the command
   * @param usage what it says when asked for help
   * @param what it reads, for the error when that is not possible
   * @return the exit code
   */
  static int run(
      String name,
      String usage,
      String what,
      List<String> args,
      Map<String, String> environment,
      PrintStream out,
      PrintStream err,
      Action action) {
    if (args.contains("--help") || args.contains("-h")) {
      out.print(usage);
      return 0;
    }
    if (args.size() > 1 || args.stream().anyMatch(arg -> arg.startsWith("-"))) {
      err.println(name + " takes one directory, not \"" + String.join(" ", args) + "\"");
      err.println();
      err.print(usage);
      return 2;
    }
    try {
      Path root =
          args.isEmpty()
              ? ServerSettings.fromEnvironment(environment).delivery().spoolDirectory()
              : Path.of(args.get(0));
      if (!Files.isDirectory(root)) {
        err.println(root + " is no directory; name the one that EVENTSTREAM_SPOOL_DIR is set to");
        return 1;
      }
      return action.on(root);
    } catch (InvalidSettingsException e) {
      err.println(e.getMessage());
      return 2;
    } catch (IOException e) {
      err.println(what + " cannot be read: " + e);
      return 1;
    }
  }
}

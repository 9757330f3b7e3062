package dev.eventstream.server.cli;

import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The argument of commands that read a spool: its directory. */
final class SpoolArgument {

  /** The action of a command on the directory. */
  @FunctionalInterface
  interface Action {
    /** Runs the action; returns the exit code. */
    int on(Path root) throws IOException;
  }

  private SpoolArgument() {}

  /**
   * Runs a command.
   *
   * @param usage the text of {@code --help}
   * @param what the object that is read, for error messages
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
      err.println(name + " needs one directory, not \"" + String.join(" ", args) + "\"");
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
        err.println(
            root + " is not a directory; name the one that EVENTSTREAM_SPOOL_DIR is set to");
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

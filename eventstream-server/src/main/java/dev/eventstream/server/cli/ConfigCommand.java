package dev.eventstream.server.cli;

import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.CommandLineOptions;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.config.SettingSources;
import dev.eventstream.server.config.SettingsReference;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/** The command {@code config}: prints the effective settings and their faults. */
public final class ConfigCommand {
  private static final String PURPOSE =
      "Prints the settings that \"serve\" would start with, from the same options, environment and"
          + " file. Secrets are masked. With --reference alone: prints the table of all settings in"
          + " Markdown. Exit code: 0 the settings are valid; 2 they are not.";

  private ConfigCommand() {}

  /**
   * Runs the command.
   *
   * @param args settings as for the server, {@code --reference}, or {@code --help}
   */
  @SuppressWarnings("SystemOut") // the output of a command
  public static void main(String[] args) {
    System.exit(run(List.of(args), System.getenv(), System.out, System.err));
  }

  static int run(
      List<String> args, Map<String, String> environment, PrintStream out, PrintStream err) {
    if (CommandLineOptions.wantsHelp(args)) {
      out.print(CommandLineOptions.usage("config", PURPOSE));
      return 0;
    }
    if (args.equals(List.of("--reference"))) {
      out.print(SettingsReference.markdown());
      return 0;
    }
    SettingSources sources = SettingSources.of(args, environment);
    out.print(sources.effective());
    try {
      ServerSettings settings = ServerSettings.of(sources);
      sources.warnings().forEach(warning -> err.println("warning: " + warning));
      EventServer.check(settings);
      return 0;
    } catch (InvalidSettingsException | IllegalArgumentException | IOException e) {
      err.println(e.getMessage());
      return 2;
    }
  }
}

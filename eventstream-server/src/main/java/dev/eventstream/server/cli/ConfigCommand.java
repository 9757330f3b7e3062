package dev.eventstream.server.cli;

import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.config.SettingSources;
import dev.eventstream.server.config.SettingsReference;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code config}: prints the effective settings and their faults. */
@Command(
    name = "config",
    header = "Prints and checks the settings of serve.",
    description =
        "Prints the settings that \"serve\" would start with, from the same options, environment and"
            + " file. Secrets are masked. Exit code: 0 the settings are valid; 2 they are not.")
final class ConfigCommand implements Callable<Integer> {
  private final Console console;

  @Option(names = "--reference", description = "Prints the table of all settings in Markdown.")
  private boolean reference;

  @Mixin private SettingOptions.Shown options = new SettingOptions.Shown();

  ConfigCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (reference) {
      console.out().print(SettingsReference.markdown());
      return Cli.DONE;
    }
    SettingSources sources = options.sources(console);
    console.out().print(sources.effective());
    try {
      ServerSettings settings = ServerSettings.of(sources);
      sources.warnings().forEach(warning -> console.err().println("warning: " + warning));
      EventServer.check(settings);
      return Cli.DONE;
    } catch (InvalidSettingsException | IllegalArgumentException | IOException e) {
      console.err().println(e.getMessage());
      return Cli.USAGE_ERROR;
    }
  }
}

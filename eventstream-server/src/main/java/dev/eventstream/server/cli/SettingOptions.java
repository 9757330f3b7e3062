package dev.eventstream.server.cli;

import dev.eventstream.server.config.CommandLineOptions;
import dev.eventstream.server.config.SettingSources;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A mixin: the command takes the settings of the server as options. */
@Command
class SettingOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec mixee = CommandSpec.create(); // replaced by picocli

  /** Whether the help of the command lists the settings. */
  boolean isShown() {
    return false;
  }

  /** The settings of the command line, the environment and the file. */
  SettingSources sources(Map<String, String> environment) {
    return SettingSources.of(
        CommandLineOptions.values(mixee.commandLine().getParseResult()), environment);
  }

  /** A mixin whose settings are listed in the help. */
  @Command
  static final class Shown extends SettingOptions {
    @Override
    boolean isShown() {
      return true;
    }
  }
}

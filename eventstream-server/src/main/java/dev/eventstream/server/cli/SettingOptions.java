package dev.eventstream.server.cli;

import dev.eventstream.server.config.CommandLineOptions;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.config.SettingSources;
import dev.eventstream.server.config.SettingValue;
import java.util.LinkedHashMap;
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
  SettingSources sources(Console console) {
    return sources(console, Map.of());
  }

  /** As {@link #sources(Console)}, with options of the command that are settings by other names. */
  SettingSources sources(Console console, Map<String, SettingValue> more) {
    Map<String, SettingValue> values =
        new LinkedHashMap<>(CommandLineOptions.values(mixee.commandLine().getParseResult()));
    values.putAll(more);
    return SettingSources.of(values, console.environment());
  }

  /**
   * The checked settings.
   *
   * @throws InvalidSettingsException if a setting is not valid; with all faults
   */
  ServerSettings settings(Console console) throws InvalidSettingsException {
    return ServerSettings.of(sources(console));
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

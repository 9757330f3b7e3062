package dev.eventstream.server.cli;

import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.config.SettingSources;
import dev.eventstream.server.config.SettingsReference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
            + " file. Secrets are masked. With --json: one object with valid, settings, warnings and faults.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0: the settings are valid", "2: they are not"})
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
    List<String> faults = new ArrayList<>();
    try {
      EventServer.check(ServerSettings.of(sources));
    } catch (InvalidSettingsException | IllegalArgumentException | IOException e) {
      String.valueOf(e.getMessage()).lines().forEach(faults::add);
    }
    if (console.json()) {
      printJson(sources, faults);
    } else {
      console.out().print(sources.effective());
      sources.warnings().forEach(warning -> console.err().println("warning: " + warning));
      faults.forEach(console.err()::println);
    }
    return faults.isEmpty() ? Cli.DONE : Cli.USAGE_ERROR;
  }

  private void printJson(SettingSources sources, List<String> faults) {
    Map<String, Object> settings = new LinkedHashMap<>();
    sources
        .effectiveValues()
        .forEach(
            (key, value) ->
                settings.put(key, Map.of("value", value.text(), "source", value.origin())));
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("valid", faults.isEmpty());
    members.put("settings", settings);
    members.put("warnings", sources.warnings());
    members.put("faults", faults);
    console.printJson(members);
  }
}

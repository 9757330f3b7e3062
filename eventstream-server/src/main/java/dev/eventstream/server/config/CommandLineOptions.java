package dev.eventstream.server.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The settings as options of a command, such as {@code --spool-dir DIRECTORY}. */
public final class CommandLineOptions {
  private CommandLineOptions() {}

  /**
   * Adds the settings to a command, except those whose names its own options have.
   *
   * @param shown whether its help lists them
   */
  public static void addTo(CommandSpec command, boolean shown) {
    for (OptionSpec option : spec(shown).options()) {
      if (!command.optionsMap().containsKey(option.longestName())) {
        command.addOption(shown ? option : OptionSpec.builder(option).hidden(true).build());
      }
    }
    if (shown) {
      command
          .usageMessage()
          .optionListHeading(
              "%nEach setting is an option, an environment variable, and a name in a file:%n")
          .abbreviateSynopsis(true)
          .footer(
              "",
              "The order of precedence is: command line, environment, file, default. A secret cannot"
                  + " be given on the command line, where others can read it; its option names a file"
                  + " that holds the secret, and is read again when it changes.");
    } else {
      command
          .usageMessage()
          .footer(
              "",
              "The server's settings are read from the environment; they can also be given as options,"
                  + " such as --elasticsearch-url http://localhost:9200. See eventstream serve"
                  + " --help.");
    }
  }

  /** The settings on the command line, by their environment variables. */
  public static Map<String, SettingValue> values(ParseResult result) {
    Map<String, SettingValue> values = new LinkedHashMap<>();
    for (OptionSpec option : result.matchedOptions()) {
      if (option.userObject() instanceof String name) {
        String text = result.matchedOptionValue(option.longestName(), "");
        values.put(name, new SettingValue(text.strip(), option.longestName(), "command line"));
      }
    }
    return values;
  }

  static void parse(
      List<String> arguments, BiConsumer<String, SettingValue> set, Consumer<String> faults) {
    CommandLine parser =
        new CommandLine(spec(false)).setExpandAtFiles(false).setOverwrittenOptionsAllowed(false);
    parser.getCommandSpec().parser().collectErrors(true);
    ParseResult result = parser.parseArgs(arguments.toArray(new String[0]));
    result.errors().forEach(error -> faults.accept(fault(error) + "; see --help"));
    values(result).forEach(set);
  }

  /** Names the option but not its value, which may be a URL or a secret. */
  public static String fault(Exception error) {
    if (!(error instanceof UnmatchedArgumentException unmatched)) {
      return String.valueOf(error.getMessage());
    }
    List<String> options =
        unmatched.getUnmatched().stream()
            .filter(argument -> argument.startsWith("-"))
            .map(argument -> argument.replaceFirst("(?s)=.*", ""))
            .toList();
    if (!options.isEmpty()) {
      return "there is no option " + String.join(", ", options);
    }
    return unmatched.getCommandLine().getSubcommands().isEmpty()
        ? "there is an argument too many, or a value has no option before it"
        : "there is no command \"" + unmatched.getUnmatched().get(0) + "\"";
  }

  private static CommandSpec spec(boolean describe) {
    CommandSpec spec = CommandSpec.create();
    for (Map.Entry<String, Setting> variable : Setting.variables().entrySet()) {
      Setting setting = variable.getValue();
      String name = variable.getKey();
      boolean isFile = !name.equals(setting.variable());
      if (setting.secret() && !isFile) {
        continue;
      }
      OptionSpec.Builder option =
          OptionSpec.builder("--" + Setting.keyOf(name)).type(String.class).userObject(name);
      if (!setting.type().words().isEmpty()) {
        option.completionCandidates(setting.type().words());
      }
      if (describe) {
        String type = isFile ? "file" : setting.type().name();
        option
            .paramLabel("<" + type + ">")
            .description(description(setting, isFile).replace("%", "%%"), name, "");
      }
      spec.addOption(option.build());
    }
    return spec;
  }

  private static String description(Setting setting, boolean isFile) {
    StringBuilder text = new StringBuilder(isFile ? "A file that holds this secret: " : "");
    text.append(setting.meaning());
    if (!setting.type().range().isEmpty()) {
      text.append(" Range: ").append(setting.type().range()).append('.');
    }
    if (!setting.defaultText().isEmpty()) {
      text.append(" Default: ").append(setting.defaultText()).append('.');
    }
    return text.toString();
  }
}

package dev.eventstream.server.config;

import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The settings as options of a command, such as {@code --spool-dir DIRECTORY}. */
public final class CommandLineOptions {
  private CommandLineOptions() {}

  /**
   * The text of {@code --help}.
   *
   * @param command the command's name
   * @param purpose one or two sentences
   */
  public static String usage(String command, String purpose) {
    CommandSpec spec = spec(true).name(command);
    spec.usageMessage()
        .description(purpose, "")
        .sortOptions(false)
        .width(100)
        .abbreviateSynopsis(true)
        .optionListHeading(
            "%nEach setting is an option, an environment variable, and a name in a file:%n")
        .footer(
            "",
            "The order of precedence is: command line, environment, file, default. A secret cannot be"
                + " given on the command line, where others can read it; its option names a file that"
                + " holds the secret, and is read again when it changes.");
    return new CommandLine(spec).getUsageMessage(Ansi.OFF);
  }

  /** Whether the arguments contain {@code --help} or {@code -h}. */
  public static boolean wantsHelp(List<String> arguments) {
    return arguments.contains("--help") || arguments.contains("-h");
  }

  static void parse(
      List<String> arguments, BiConsumer<String, SettingValue> set, Consumer<String> faults) {
    CommandLine parser =
        new CommandLine(spec(false)).setExpandAtFiles(false).setOverwrittenOptionsAllowed(false);
    parser.getCommandSpec().parser().collectErrors(true);
    ParseResult result = parser.parseArgs(arguments.toArray(new String[0]));
    result.errors().forEach(error -> faults.accept(fault(error)));
    for (OptionSpec option : result.matchedOptions()) {
      String name = String.valueOf(option.userObject());
      String text = result.matchedOptionValue(option.longestName(), "");
      set.accept(name, new SettingValue(text.strip(), option.longestName(), "command line"));
    }
  }

  /** Names the option but not its value, which may be a URL or a secret. */
  private static String fault(Exception error) {
    if (!(error instanceof UnmatchedArgumentException unmatched)) {
      return error.getMessage() + "; see --help";
    }
    List<String> options =
        unmatched.getUnmatched().stream()
            .filter(argument -> argument.startsWith("--"))
            .map(argument -> argument.replaceFirst("(?s)=.*", ""))
            .toList();
    return options.isEmpty()
        ? "a value has no option before it; see --help"
        : "there is no option " + String.join(", ", options) + "; see --help";
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

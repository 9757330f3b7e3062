package dev.eventstream.server.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * The man page of a command, with its actions, in roff with the macros of man(7). Picocli's own
 * generator makes AsciiDoc, which needs Asciidoctor and JRuby to become a man page.
 */
final class ManPage {
  private static final ColorScheme PLAIN = Help.defaultColorScheme(Ansi.OFF);

  private final StringBuilder page = new StringBuilder();

  private ManPage() {}

  /**
   * The text of the page.
   *
   * @param all the root, which may be the command itself
   */
  static String of(CommandLine command, CommandLine all) {
    ManPage page = new ManPage();
    page.write(command, all);
    return page.page.toString();
  }

  private void write(CommandLine command, CommandLine all) {
    CommandSpec spec = command.getCommandSpec();
    UsageMessageSpec usage = spec.usageMessage();
    UsageMessageSpec rootUsage = all.getCommandSpec().usageMessage();
    String name = spec.qualifiedName("-");
    String version = all.getCommandSpec().version()[0];
    request(".TH", name.toUpperCase(Locale.ROOT), "1", "", version, "eventstream");
    request(".SH", "NAME");
    page.append(escaped(name)).append(" \\- ").append(escaped(purpose(usage))).append('\n');
    request(".SH", "SYNOPSIS");
    line("\\fB" + escaped(synopsis(command)) + "\\fR");
    request(".SH", "DESCRIPTION");
    paragraphs(usage.description());
    if (command == all) {
      request(".SH", "COMMANDS");
      subcommands(command);
    } else if (!command.getSubcommands().isEmpty()) {
      request(".SH", "ACTIONS");
      command.getSubcommands().values().forEach(this::action);
    }
    request(".SH", "OPTIONS");
    arguments(spec, true);
    Map<String, String> exitCodes =
        usage.exitCodeList().isEmpty() ? rootUsage.exitCodeList() : usage.exitCodeList();
    request(".SH", "EXIT STATUS");
    exitCodes.forEach((code, meaning) -> item("\\fB" + escaped(code.strip()) + "\\fR", meaning));
    if (usage.footer().length > 0) {
      request(".SH", "NOTES");
      paragraphs(usage.footer());
    }
    request(".SH", "SEE ALSO");
    Stream<String> others =
        command == all
            ? all.getSubcommands().keySet().stream().map(each -> "eventstream-" + each)
            : Stream.of("eventstream");
    line(
        others
            .map(other -> "\\fB" + escaped(other) + "\\fR(1)")
            .collect(Collectors.joining(",\n")));
  }

  private void subcommands(CommandLine command) {
    command
        .getSubcommands()
        .forEach(
            (name, sub) ->
                item(
                    "\\fB" + escaped(name) + "\\fR", purpose(sub.getCommandSpec().usageMessage())));
  }

  private void action(CommandLine action) {
    CommandSpec spec = action.getCommandSpec();
    request(".SS", spec.name());
    line("\\fB" + escaped(synopsis(action)) + "\\fR");
    request(".PP");
    paragraphs(spec.usageMessage().description());
    arguments(spec, false);
  }

  private void arguments(CommandSpec spec, boolean inherited) {
    for (PositionalParamSpec parameter : spec.positionalParameters()) {
      if (!parameter.hidden()) {
        item("\\fI" + escaped(parameter.paramLabel()) + "\\fR", description(parameter));
      }
    }
    for (OptionSpec option : spec.options()) {
      if (!option.hidden() && (inherited || !option.inherited())) {
        String names =
            Stream.of(option.names())
                .map(name -> "\\fB" + escaped(name) + "\\fR")
                .collect(Collectors.joining(", "));
        String value =
            option.arity().max() == 0 ? "" : " \\fI" + escaped(option.paramLabel()) + "\\fR";
        item(names + value, description(option));
      }
    }
  }

  private static String description(ArgSpec argument) {
    return Stream.of(argument.description())
        .map(ManPage::rendered)
        .filter(part -> !part.isBlank())
        .collect(Collectors.joining("\n"));
  }

  private static String purpose(UsageMessageSpec usage) {
    return rendered((usage.header().length > 0 ? usage.header() : usage.description())[0]);
  }

  private static String synopsis(CommandLine command) {
    return new Help(command.getCommandSpec(), PLAIN).synopsis(0).strip().replaceAll("\\s+", " ");
  }

  /** Without the markup and the placeholders that picocli replaces when it prints a help. */
  private static String rendered(String text) {
    return PLAIN.ansi().new Text(String.format(Locale.ROOT, text), PLAIN).toString();
  }

  private void paragraphs(String... texts) {
    List<String> paragraphs =
        Stream.of(texts).map(ManPage::rendered).filter(text -> !text.isBlank()).toList();
    for (int i = 0; i < paragraphs.size(); i++) {
      if (i > 0) {
        request(".PP");
      }
      line(escaped(paragraphs.get(i).strip()));
    }
  }

  /** A term and its explanation; each line of the explanation stands on a line of its own. */
  private void item(String term, String explanation) {
    request(".TP");
    line(term);
    line(escaped(explanation.strip()).replace("\n", "\n.br\n"));
  }

  private void line(String text) {
    page.append(text).append('\n');
  }

  private void request(String name, String... arguments) {
    page.append(name);
    for (String argument : arguments) {
      page.append(" \"").append(escaped(argument)).append('"');
    }
    page.append('\n');
  }

  /** Escapes what roff would read as an escape, a dash, a quotation mark or a request. */
  private static String escaped(String text) {
    return text.replace("\\", "\\e")
        .replace("-", "\\-")
        .replace("'", "\\(aq")
        .replace("\"", "\\(dq")
        .replaceAll("(?m)^\\.", "\\\\&.");
  }
}

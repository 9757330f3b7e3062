package dev.eventstream.server.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code man-pages}: writes the documents of all commands. */
@Command(
    name = "man-pages",
    header = "Writes a man page for each command.",
    description = {
      "Writes eventstream.1, eventstream-serve.1 and so on into DIRECTORY. man finds them in the man1"
          + " of a directory of the MANPATH, such as /usr/local/share/man/man1.",
      "With --markdown: prints the help of all commands."
    })
final class ManPagesCommand implements Callable<Integer> {
  /** The heading of the settings of serve and config, which have a page of their own. */
  private static final String SETTINGS = "Each setting is an option";

  private final Console console;
  private final Supplier<CommandLine> commands;

  @Parameters(arity = "0..1", paramLabel = "DIRECTORY", description = "It is created if needed.")
  private @Nullable Path directory;

  @Option(names = "--markdown", description = "Prints Markdown instead.")
  private boolean markdown;

  /**
   * Creates the command.
   *
   * @param commands the command line with all commands
   */
  ManPagesCommand(Console console, Supplier<CommandLine> commands) {
    this.console = console;
    this.commands = commands;
  }

  @Override
  public Integer call() throws IOException {
    CommandLine all = commands.get();
    if (markdown) {
      console.out().print(markdown(all));
      return Cli.DONE;
    }
    if (directory == null) {
      throw new IllegalArgumentException("give a directory, or --markdown");
    }
    Files.createDirectories(directory);
    for (Map.Entry<String, String> page : pages(all).entrySet()) {
      Files.writeString(directory.resolve(page.getKey()), page.getValue());
    }
    return Cli.DONE;
  }

  /** The pages by file name. */
  private static Map<String, String> pages(CommandLine all) {
    Map<String, String> pages = new LinkedHashMap<>();
    pages.put("eventstream.1", ManPage.of(all, all));
    for (CommandLine command : all.getSubcommands().values()) {
      pages.put("eventstream-" + command.getCommandName() + ".1", ManPage.of(command, all));
    }
    return pages;
  }

  /** A table of all commands, and their help. */
  private static String markdown(CommandLine all) {
    StringBuilder text = new StringBuilder("| command | what it does |\n|---|---|\n");
    for (CommandLine command : all.getSubcommands().values()) {
      UsageMessageSpec usage = command.getCommandSpec().usageMessage();
      text.append(
          "| [`%s`](#%1$s) | %s |\n".formatted(command.getCommandName(), usage.header()[0]));
    }
    text.append("\n| exit code | meaning, unless the command lists others |\n|--:|---|\n");
    all.getCommandSpec()
        .usageMessage()
        .exitCodeList()
        .forEach((code, meaning) -> text.append("| %s | %s |\n".formatted(code, meaning.strip())));
    text.append('\n').append(block(all));
    for (CommandLine command : all.getSubcommands().values()) {
      text.append("\n## ").append(command.getCommandName()).append("\n\n").append(block(command));
      for (CommandLine action : command.getSubcommands().values()) {
        text.append('\n').append(block(action));
      }
    }
    return text.toString();
  }

  private static String block(CommandLine command) {
    String help = command.getUsageMessage(Ansi.OFF).strip();
    int settings = help.indexOf(SETTINGS);
    return "```text\n"
        + (settings < 0 ? help : help.substring(0, settings) + "See configuration.md.")
        + "\n```\n";
  }
}

package dev.eventstream.server.cli;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Parameters;

/** The command {@code completion SHELL}: prints a script that completes commands and options. */
@Command(
    name = "completion",
    header = "Prints a script for a shell that completes commands and options.",
    description = {
      "bash and zsh:  source <(eventstream completion bash)",
      "fish:          eventstream completion fish | source"
    })
final class CompletionCommand implements Callable<Integer> {
  /** The shells. */
  enum Shell {
    bash,
    zsh,
    fish
  }

  private final Console console;
  private final Supplier<CommandLine> commands;

  @Parameters(paramLabel = "SHELL", description = "One of: ${COMPLETION-CANDIDATES}.")
  private Shell shell = Shell.bash;

  /**
   * Creates the command.
   *
   * @param commands the command line with all commands
   */
  CompletionCommand(Console console, Supplier<CommandLine> commands) {
    this.console = console;
    this.commands = commands;
  }

  @Override
  public Integer call() {
    CommandLine all = commands.get();
    if (shell == Shell.fish) {
      fish(all);
    } else {
      console.out().print(AutoComplete.bash("eventstream", all)); // for zsh, too
    }
    return Cli.DONE;
  }

  private void fish(CommandLine all) {
    PrintStream out = console.out();
    out.println("complete -c eventstream -f");
    fish(all.getCommandSpec(), "__fish_use_subcommand");
    all.getSubcommands().values().forEach(command -> fish(command, "__fish_use_subcommand", ""));
  }

  /**
   * Completes a command.
   *
   * @param before the condition for its name
   * @param parents the condition that its parents are given
   */
  private void fish(CommandLine command, String before, String parents) {
    CommandSpec spec = command.getCommandSpec();
    String[] header = spec.usageMessage().header();
    console
        .out()
        .println(
            "complete -c eventstream -n '"
                + before
                + "' -a "
                + spec.name()
                + (header.length == 0 ? "" : " -d " + quoted(header[0])));
    String given = parents + "__fish_seen_subcommand_from " + spec.name();
    String noAction =
        given
            + "; and not __fish_seen_subcommand_from "
            + String.join(" ", command.getSubcommands().keySet());
    command.getSubcommands().values().forEach(each -> fish(each, noAction, given + "; and "));
    if (command.getSubcommands().isEmpty()) {
      fish(spec, given);
    }
  }

  /** Completes the options and parameters of a command; by default, a parameter is a file. */
  private void fish(CommandSpec spec, String condition) {
    String complete = "complete -c eventstream -n '" + condition + "'";
    for (OptionSpec option : spec.options()) {
      if (!option.hidden()) {
        String value = option.arity().max() > 0 ? " -r" + values(option) : "";
        String name = " -l " + option.longestName().substring(2);
        console.out().println(complete + name + value);
      }
    }
    for (PositionalParamSpec parameter : spec.positionalParameters()) {
      console.out().println(complete + values(parameter));
    }
  }

  /** What completes a value: words, or the names of files. */
  private static String values(ArgSpec argument) {
    Iterable<String> words = argument.completionCandidates();
    return words == null ? " -F" : " -f -a " + quoted(String.join(" ", words));
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}

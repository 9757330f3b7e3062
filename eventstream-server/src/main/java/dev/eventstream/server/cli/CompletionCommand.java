package dev.eventstream.server.cli;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
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
    for (CommandLine command : all.getSubcommands().values()) {
      CommandSpec spec = command.getCommandSpec();
      out.println(
          "complete -c eventstream -n __fish_use_subcommand -a "
              + spec.name()
              + " -d "
              + quoted(String.join(" ", spec.usageMessage().header())));
      String seen = "\"__fish_seen_subcommand_from " + spec.name() + "\"";
      for (String action : command.getSubcommands().keySet()) {
        out.println("complete -c eventstream -n " + seen + " -a " + action);
      }
      options(spec, seen);
      command.getSubcommands().values().forEach(each -> options(each.getCommandSpec(), seen));
    }
  }

  private void options(CommandSpec spec, String seen) {
    for (OptionSpec option : spec.options()) {
      if (!option.hidden()) {
        console
            .out()
            .println(
                "complete -c eventstream -n "
                    + seen
                    + " -l "
                    + option.longestName().substring(2)
                    + (option.arity().max() > 0 ? " -rF" : ""));
      }
    }
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}

package dev.eventstream.demo;

import dev.eventstream.server.cli.Cli;
import dev.eventstream.server.cli.Console;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** The command line of eventstream, with commands that run real engines. */
public final class Demo {
  private Demo() {}

  /**
   * Runs a command.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    Cli.main(args, commands());
  }

  /** The commands that are not in the server, by name. */
  public static Map<String, Function<Console, Object>> commands() {
    Map<String, Function<Console, Object>> commands = new LinkedHashMap<>();
    commands.put("engine", EngineCommand::new);
    commands.put("demo", DemoCommand::new);
    return commands;
  }
}

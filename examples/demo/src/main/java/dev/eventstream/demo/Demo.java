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
    Map<String, Function<Console, Object>> more = new LinkedHashMap<>();
    more.put("engine", EngineCommand::new);
    more.put("demo", DemoCommand::new);
    Cli.main(args, more);
  }
}

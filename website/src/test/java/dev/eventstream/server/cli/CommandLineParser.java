package dev.eventstream.server.cli;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;

/** Parses arguments without running their command. */
public final class CommandLineParser {
  private final CommandLine commandLine;

  /**
   * Creates a parser.
   *
   * @param more as for {@link Cli#main(String[], Map)}
   */
  public CommandLineParser(Map<String, Function<Console, Object>> more) {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
    commandLine =
        Cli.all(new Console(Map.of(), InputStream.nullInputStream(), nowhere, nowhere), more);
  }

  /**
   * Returns what is wrong with arguments.
   *
   * @param complete whether no argument may be missing
   */
  public Optional<String> fault(List<String> arguments, boolean complete) {
    try {
      commandLine.parseArgs(arguments.toArray(new String[0]));
      return Optional.empty();
    } catch (MissingParameterException e) {
      return complete ? Optional.of(e.getMessage()) : Optional.empty();
    } catch (ParameterException e) {
      return Optional.of(e.getMessage());
    }
  }
}

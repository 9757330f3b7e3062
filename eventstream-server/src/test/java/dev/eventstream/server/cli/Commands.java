package dev.eventstream.server.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs commands within this process. */
final class Commands {
  private Commands() {}

  /** Returns the exit code. */
  static int run(
      String command,
      List<String> arguments,
      Map<String, String> environment,
      PrintStream out,
      PrintStream err) {
    List<String> all = new ArrayList<>(List.of(command));
    arguments.stream().filter(argument -> !argument.isEmpty()).forEach(all::add);
    return Cli.run(all, environment, InputStream.nullInputStream(), out, err, Map.of());
  }

  /**
   * A command in a process of its own.
   *
   * @param directory the working directory
   * @param number of the process: it prints to the files stdout and stderr with this number
   */
  static ProcessBuilder process(
      Path directory, int number, Map<String, String> settings, List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Cli.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("EVENTSTREAM_") || name.startsWith("JAVA_TOOL"));
    builder.environment().putAll(settings);
    return builder
        .directory(directory.toFile())
        .redirectOutput(directory.resolve("stdout" + number).toFile())
        .redirectError(directory.resolve("stderr" + number).toFile());
  }
}

package dev.eventstream.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Commands in processes of their own, which {@link #close} kills. */
final class CommandProcesses implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Path directory;
  private final List<Process> processes = new ArrayList<>();

  /**
   * Starts none yet.
   *
   * @param directory their working directory
   */
  CommandProcesses(Path directory) {
    this.directory = directory;
  }

  Process start(Map<String, String> settings, List<String> arguments) throws IOException {
    Process process = Commands.process(directory, processes.size(), settings, arguments).start();
    processes.add(process);
    return process;
  }

  static int exitCode(Process process) throws InterruptedException {
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  String output(Process process) throws IOException {
    return Files.readString(directory.resolve("stdout" + processes.indexOf(process)));
  }

  String errors(Process process) throws IOException {
    return Files.readString(directory.resolve("stderr" + processes.indexOf(process)));
  }

  @Override
  public void close() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }
}

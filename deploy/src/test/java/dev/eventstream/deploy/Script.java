package dev.eventstream.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program that has run.
 *
 * @param exit its exit code
 * @param out all that it said, also on standard error
 */
record Script(int exit, String out) {
  private static final int SECONDS = 60;

  /** Runs a program of this directory, without any proxy that curl would find. */
  static Script run(Map<String, String> environment, String name, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(name).toAbsolutePath().toString());
    command.addAll(List.of(arguments));
    return run(environment, command);
  }

  static Script run(Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("script", ".out");
    try {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().put("no_proxy", "*");
      builder.environment().putAll(environment);
      Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
      process.getOutputStream().close();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(command + " does not end: " + Files.readString(out));
      }
      return new Script(process.exitValue(), Files.readString(out));
    } finally {
      Files.delete(out);
    }
  }

  Script succeeded() {
    assertThat(exit).as(out).isZero();
    return this;
  }
}

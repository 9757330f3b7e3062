package dev.eventstream.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program that has run.
 *
 * @param exit its exit code
 * @param out what it said, also on standard error
 */
record Command(int exit, String out) {
  private static final int MINUTES = 30;

  static Command run(Path log, Path directory, Map<String, String> environment, List<String> words)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(words).directory(directory.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      process.getOutputStream().close();
      assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES)).as(log.toString()).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return new Command(process.exitValue(), Files.readString(log));
  }

  Command succeeded() {
    assertThat(exit).as(out).isZero();
    return this;
  }
}

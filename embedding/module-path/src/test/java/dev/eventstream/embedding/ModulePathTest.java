package dev.eventstream.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maven compiles the program on the module path; this test runs it there. */
class ModulePathTest {
  @TempDir Path directory;

  @Test
  void aProgramWithAllLibrariesRunsOnTheModulePath() throws Exception {
    String libraries = Files.readString(Path.of(System.getProperty("module.path.file"))).strip();
    Path output = directory.resolve("output");
    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--module-path",
                System.getProperty("program.directory") + File.pathSeparator + libraries,
                "--module",
                "dev.eventstream.embedding/dev.eventstream.embedding.Program",
                Files.createDirectory(directory.resolve("data")).toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(program.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      program.destroyForcibly();
    }

    assertThat(Files.readString(output)).contains("1 ids", "Indexed Spooled");
    assertThat(program.exitValue()).isZero();
  }
}

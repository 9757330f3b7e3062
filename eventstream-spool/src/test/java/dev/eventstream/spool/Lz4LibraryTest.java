package dev.eventstream.spool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Lz4LibraryTest {
  @TempDir Path directory;

  @Test
  void aKilledProcessLeavesNoUnpackedLibrary() throws IOException {
    assumeTrue(Files.isReadable(Path.of("/proc/self/maps")));
    Path temporary = Files.createDirectory(directory.resolve("temporary"));
    Process process =
        Spools.java(
                List.of("-Djava.io.tmpdir=" + temporary, "-XX:-UsePerfData"),
                SpoolProcess.class,
                "fill",
                directory.resolve("root") + "",
                "1")
            .start();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      assertThat(lines.readLine()).startsWith("!");
      assertThat(lines.readLine()).startsWith("S ");
    } finally {
      process.destroyForcibly();
    }
    process.onExit().join();

    assertThat(temporary).isEmptyDirectory();
  }
}

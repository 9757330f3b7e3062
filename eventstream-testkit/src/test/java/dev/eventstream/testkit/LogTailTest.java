package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTailTest {

  @TempDir private Path directory;

  @Test
  void isTheLastLines() throws IOException {
    Path log = Files.writeString(directory.resolve("log"), "a\nb\nc\n");

    assertThat(LogTail.of(log, 2)).isEqualTo("b\nc");
    assertThat(LogTail.of(log, 9)).isEqualTo("a\nb\nc");
  }

  @Test
  void isBoundedForALongLog() throws IOException {
    Path log = Files.writeString(directory.resolve("log"), "x".repeat(100_000) + "\nend\n");

    assertThat(LogTail.of(log, 2)).hasSizeLessThan(20_000).endsWith("x\nend");
  }

  @Test
  void reportsWhyThereIsNone() {
    assertThat(LogTail.of(directory.resolve("none"), 2))
        .contains("cannot be read")
        .contains("none");
  }
}

package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherJarTest {

  @TempDir private Path directory;

  @Test
  void containsExactlyTheClassesOfTheLauncher() throws IOException, URISyntaxException {
    Path jar = LauncherJar.in(new CacheDirectory(directory));

    try (ZipFile zip = new ZipFile(jar.toFile())) {
      assertThat(zip.stream().map(ZipEntry::getName))
          .containsExactlyInAnyOrderElementsOf(compiledClassesOfTheLauncher());
    }
  }

  @Test
  void isWrittenOnce() throws IOException {
    Path jar = LauncherJar.in(new CacheDirectory(directory));
    Files.writeString(jar, "kept");

    assertThat(LauncherJar.in(new CacheDirectory(directory))).isEqualTo(jar).hasContent("kept");
  }

  private static List<String> compiledClassesOfTheLauncher()
      throws IOException, URISyntaxException {
    Path root =
        Path.of(NodeLauncher.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> isLauncher(file.getFileName().toString()))
          .map(file -> root.relativize(file).toString().replace('\\', '/'))
          .toList();
    }
  }

  private static boolean isLauncher(String fileName) {
    return fileName.matches("(NodeLauncher|ConcreteNode)(\\$.*)?\\.class");
  }
}

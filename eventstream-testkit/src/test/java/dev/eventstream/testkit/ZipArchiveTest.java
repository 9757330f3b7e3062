package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZipArchiveTest {

  @TempDir private Path directory;

  @Test
  void unpacksFilesAndDirectories() throws IOException {
    Path zip = zip("engine/", "engine/lib/a.jar", "engine/README");

    ZipArchive.unpack(zip, directory.resolve("out"));

    assertThat(directory.resolve("out/engine/lib/a.jar")).hasContent("engine/lib/a.jar");
    assertThat(directory.resolve("out/engine/README")).hasContent("engine/README");
  }

  @Test
  void unpacksItsOwnArchives() throws IOException {
    Path zip = directory.resolve("packed.zip");

    ZipArchive.pack(Map.of("a/b.class", new byte[] {1, 2}, "c", new byte[0]), zip);
    ZipArchive.unpack(zip, directory.resolve("out"));

    assertThat(directory.resolve("out/a/b.class")).hasBinaryContent(new byte[] {1, 2});
    assertThat(directory.resolve("out/c")).isEmptyFile();
  }

  @Test
  void writesNothingOutsideTheDirectory() throws IOException {
    Path zip = zip("../outside");

    assertThatThrownBy(() -> ZipArchive.unpack(zip, directory.resolve("out")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("../outside");
    assertThat(directory.resolve("outside")).doesNotExist();
  }

  private Path zip(String... names) throws IOException {
    Path zip = directory.resolve("test.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (String name : names) {
        out.putNextEntry(new ZipEntry(name));
        if (!name.endsWith("/")) {
          out.write(name.getBytes(StandardCharsets.UTF_8));
        }
        out.closeEntry();
      }
    }
    return zip;
  }
}

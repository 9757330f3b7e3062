package dev.eventstream.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Packs and unpacks zips. */
final class ZipArchive {

  private ZipArchive() {}

  /** Writes a zip of the files, given as contents by name, in the map's order. */
  static void pack(Map<String, byte[]> files, Path zip) throws IOException {
    try (OutputStream out = Files.newOutputStream(zip);
        ZipOutputStream packed = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        packed.putNextEntry(new ZipEntry(file.getKey()));
        packed.write(file.getValue());
        packed.closeEntry();
      }
    }
  }

  /**
   * Unpacks all entries into a directory, which is created.
   *
   * @throws IOException if an entry would be outside the directory, or reading or writing fails
   */
  static void unpack(Path zip, Path directory) throws IOException {
    try (ZipFile archive = new ZipFile(zip.toFile())) {
      List<? extends ZipEntry> entries = archive.stream().toList();
      for (ZipEntry entry : entries) {
        Path target = directory.resolve(entry.getName()).normalize();
        if (!target.startsWith(directory)) {
          throw new IOException(zip + " has an entry outside its root: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(target);
          continue;
        }
        Files.createDirectories(target.resolveSibling(""));
        try (InputStream content = archive.getInputStream(entry)) {
          Files.copy(content, target);
        }
      }
    }
  }
}

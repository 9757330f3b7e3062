package dev.eventstream.server.cli;

import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.spool.SpoolReplica;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads the dead letters of a spool from a copy, up to 128 MiB per server, because a running server
 * holds the lock of its directory.
 */
final class DeadLetterCopies {
  private DeadLetterCopies() {}

  /** Works on the letters of one server. */
  interface Reader {
    void read(DeadLetters letters) throws IOException;
  }

  static void read(List<SpoolReplica> replicas, Reader reader) throws IOException {
    for (SpoolReplica replica : replicas) {
      Path letters = replica.directory().resolve("dead-letters");
      if (Files.isDirectory(letters) && !segments(letters).isEmpty()) {
        readCopy(letters, reader);
      }
    }
  }

  private static void readCopy(Path letters, Reader reader) throws IOException {
    Path copy = Files.createTempDirectory("eventstream-dead-letters");
    try {
      Path target = Files.createDirectories(copy.resolve("replica-copy/dead-letters"));
      while (!copied(letters, target)) {
        Thread.onSpinWait();
      }
      try (MapDbSpool spool = MapDbSpool.builder(copy).minFreeBytes(0).open()) {
        reader.read(spool.deadLetters());
      }
    } finally {
      delete(copy);
    }
  }

  /** False if files were added or removed meanwhile, and letters with them. */
  private static boolean copied(Path letters, Path target) throws IOException {
    List<Path> files = segments(letters);
    try {
      for (Path file : files) {
        Files.copy(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (NoSuchFileException e) {
      return false;
    }
    for (Path file : segments(target)) {
      if (!files.contains(letters.resolve(file.getFileName()))) {
        Files.delete(file);
      }
    }
    return files.equals(segments(letters));
  }

  private static List<Path> segments(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*.segment")) {
      entries.forEach(files::add);
    }
    files.sort(Comparator.naturalOrder());
    return files;
  }

  private static void delete(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> paths = Files.walk(directory)) {
      all = paths.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}

package dev.eventstream.spool;

import dev.eventstream.spool.log.Block;
import dev.eventstream.spool.log.Directories;
import dev.eventstream.spool.log.SegmentReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The contents of a process's directory, as its files show them; also while the process runs. Does
 * not change anything.
 *
 * @param directory the directory
 * @param segments how many files hold waiting documents
 * @param documents how many documents wait; may include some that left in the last seconds
 * @param bytes how many bytes these documents take
 * @param diskBytes how many bytes the files take
 * @param oldest when the oldest was accepted; null when none waits
 * @param deadLetterBytes how many bytes the files of dead letters take
 * @param unreadable files that cannot be read, or not completely
 * @param damaged files that were set aside earlier
 */
public record SpoolInspection(
    Path directory,
    int segments,
    long documents,
    long bytes,
    long diskBytes,
    @Nullable Instant oldest,
    long deadLetterBytes,
    List<Path> unreadable,
    List<Path> damaged) {

  /**
   * Copies the lists.
   *
   * @param directory the directory
   * @param segments how many files hold waiting documents
   * @param documents how many documents wait
   * @param bytes how many bytes these documents take
   * @param diskBytes how many bytes the files take
   * @param oldest when the oldest was accepted
   * @param deadLetterBytes how many bytes the files of dead letters take
   * @param unreadable files that cannot be read
   * @param damaged files that were set aside earlier
   */
  public SpoolInspection {
    unreadable = List.copyOf(unreadable);
    damaged = List.copyOf(damaged);
  }

  /**
   * Inspects all directories below the root of a spool.
   *
   * @param root the directory that {@link MapDbSpool#open} was given
   * @return one for each process that uses the root or did, sorted by name
   * @throws IOException when the directory cannot be read
   */
  public static List<SpoolInspection> of(Path root) throws IOException {
    List<SpoolInspection> all = new ArrayList<>();
    for (Path directory : SpoolDirectory.replicas(root)) {
      all.add(inspect(directory));
    }
    return all;
  }

  private static SpoolInspection inspect(Path directory) throws IOException {
    int segments = 0;
    long documents = 0;
    long bytes = 0;
    long diskBytes = 0;
    long oldest = Long.MAX_VALUE;
    List<Path> unreadable = new ArrayList<>();
    for (Path file : files(directory, "spool")) {
      try (SegmentReader reader = SegmentReader.open(file)) {
        diskBytes += Files.size(file);
        segments++;
        documents += reader.waitingDocuments();
        bytes += reader.waitingBytes();
        oldest = reader.waitingDocuments() > 0 ? Math.min(oldest, reader.oldestWaiting()) : oldest;
        if (!isWhole(reader)) {
          unreadable.add(file);
        }
      } catch (IOException e) {
        if (Files.exists(file)) { // or else it has drained meanwhile
          unreadable.add(file);
        }
      }
    }
    long deadLetterBytes = 0;
    for (Path file : files(directory, "dead-letters")) {
      deadLetterBytes += Files.exists(file) ? Files.size(file) : 0;
    }
    return new SpoolInspection(
        directory,
        segments,
        documents,
        bytes,
        diskBytes,
        oldest == Long.MAX_VALUE ? null : Instant.ofEpochMilli(oldest),
        deadLetterBytes,
        unreadable,
        files(directory, "damaged"));
  }

  private static boolean isWhole(SegmentReader reader) throws IOException {
    int index = reader.drained();
    while (index < reader.end()) {
      Block block = reader.read(index);
      if (block == null && reader.isDamage(index)) {
        return false;
      }
      index += block == null ? 1 : block.parts();
    }
    return true;
  }

  private static List<Path> files(Path directory, String name) throws IOException {
    Path files = directory.resolve(name);
    String glob = name.equals("damaged") ? "*" : "*.segment";
    return Files.isDirectory(files) ? Directories.list(files, glob) : List.of();
  }
}

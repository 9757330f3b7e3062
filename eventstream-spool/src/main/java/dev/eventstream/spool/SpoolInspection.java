package dev.eventstream.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is in the directory of a process, as its files show it: for operators, also while the
 * process runs. Only reads.
 *
 * @param directory the directory
 * @param segments how many files hold documents that wait
 * @param documents how many documents wait; what arrived in the last seconds may be counted still
 * @param bytes how many bytes these documents take
 * @param diskBytes how many bytes the files take
 * @param oldest when the oldest was accepted; null when none waits
 * @param deadLetterBytes how many bytes the files of dead letters take
 * @param unreadable files that cannot be read, or not as a whole
 * @param damaged what was set aside earlier
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
   * @param segments how many files hold documents that wait
   * @param documents how many documents wait
   * @param bytes how many bytes these documents take
   * @param diskBytes how many bytes the files take
   * @param oldest when the oldest was accepted
   * @param deadLetterBytes how many bytes the files of dead letters take
   * @param unreadable files that cannot be read
   * @param damaged what was set aside earlier
   */
  public SpoolInspection {
    unreadable = List.copyOf(unreadable);
    damaged = List.copyOf(damaged);
  }

  /**
   * Looks at all directories below a spool's root.
   *
   * @param root what {@link MapDbSpool#open} was given
   * @return one for each process that works there or did, in the order of their names
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
        if (Files.exists(file)) { // or else it was drained meanwhile
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
    return Files.isDirectory(files) ? SpoolDirectory.list(files, glob) : List.of();
  }
}

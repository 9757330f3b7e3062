package dev.eventstream.spool;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spool.log.Block;
import dev.eventstream.spool.log.Directories;
import dev.eventstream.spool.log.SegmentReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
 * @param newest when the last block of documents was accepted; null when there is none
 * @param indices how many documents of each index there are, by name; may include some that left
 * @param deadLetters how many dead letters there are
 * @param deadLetterBytes how many bytes the files of dead letters take
 * @param unreadable files that cannot be read, or not completely
 * @param damaged files that were set aside earlier
 * @param owned whether a process uses the directory
 * @param adminUrl the admin API of that process; null: none is known
 * @param faults what cannot be read in the files, in words
 */
public record SpoolInspection(
    Path directory,
    int segments,
    long documents,
    long bytes,
    long diskBytes,
    @Nullable Instant oldest,
    @Nullable Instant newest,
    Map<String, Long> indices,
    long deadLetters,
    long deadLetterBytes,
    List<Path> unreadable,
    List<Path> damaged,
    boolean owned,
    @Nullable String adminUrl,
    List<String> faults) {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolInspection.class);

  public SpoolInspection {
    indices = Collections.unmodifiableMap(new TreeMap<>(indices));
    unreadable = List.copyOf(unreadable);
    damaged = List.copyOf(damaged);
    faults = List.copyOf(faults);
  }

  /**
   * A document that waits, or that left in the last seconds.
   *
   * @param acceptedAt when the oldest document of its block was accepted
   */
  public record Waiting(Document document, Instant acceptedAt) {}

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
      all.add(inspect(SpoolReplica.at(directory)));
    }
    return all;
  }

  private static SpoolInspection inspect(SpoolReplica replica) throws IOException {
    Path directory = replica.directory();
    Contents contents = new Contents();
    int segments = 0;
    long documents = 0;
    long bytes = 0;
    long diskBytes = 0;
    long oldest = Long.MAX_VALUE;
    Set<Path> unreadable = new LinkedHashSet<>();
    List<String> faults = new ArrayList<>();
    for (Path file : files(directory, "spool")) {
      try (SegmentReader reader = SegmentReader.open(file)) {
        diskBytes += Files.size(file);
        segments++;
        documents += reader.waitingDocuments();
        bytes += reader.waitingBytes();
        oldest = reader.waitingDocuments() > 0 ? Math.min(oldest, reader.oldestWaiting()) : oldest;
        findFaults(file, reader, reader.drained(), contents, unreadable, faults);
        findRemnants(file, reader, replica.owned(), unreadable, faults);
      } catch (IOException e) {
        cannotRead(file, e, unreadable, faults);
      }
    }
    long deadLetterBytes = 0;
    for (Path file : files(directory, "dead-letters")) {
      try (SegmentReader reader = SegmentReader.open(file)) {
        deadLetterBytes += Files.size(file);
        findFaults(file, reader, 0, contents, unreadable, faults);
        findRemnants(file, reader, replica.owned(), unreadable, faults);
      } catch (IOException e) {
        cannotRead(file, e, unreadable, faults);
      }
    }
    return new SpoolInspection(
        directory,
        segments,
        documents,
        bytes,
        diskBytes,
        oldest == Long.MAX_VALUE ? null : Instant.ofEpochMilli(oldest),
        contents.newest == Long.MIN_VALUE ? null : Instant.ofEpochMilli(contents.newest),
        contents.indices,
        contents.letters.size(),
        deadLetterBytes,
        List.copyOf(unreadable),
        files(directory, "damaged"),
        replica.owned(),
        replica.adminUrl(),
        faults);
  }

  private static void cannotRead(
      Path file, IOException e, Set<Path> unreadable, List<String> faults) {
    if (Files.exists(file)) { // or else it has drained meanwhile
      unreadable.add(file);
      faults.add(file + ": " + e.getMessage());
    }
  }

  /** The documents and dead letters of the blocks that were read. */
  private static final class Contents {
    private final Map<String, Long> indices = new HashMap<>();
    private final Set<String> letters = new HashSet<>(); // their keys
    private long newest = Long.MIN_VALUE;

    void add(Block block) throws IOException {
      if (block.kind() == Block.LETTERS) {
        DeadLetterFormat.decode(block.payload())
            .forEach(letter -> letters.add(DeadLetterFormat.key(letter)));
      } else if (block.kind() == Block.REMOVALS) {
        DeadLetterFormat.decodeKeys(block.payload()).forEach(letters::remove);
      } else if (block.kind() == Block.DOCUMENTS) {
        addDocuments(block);
      }
    }

    private void addDocuments(Block block) {
      newest = Math.max(newest, block.acceptedAt());
      DocumentBatch.Cursor cursor = DocumentBatch.ofRecords(block.payload()).cursor();
      while (cursor.next()) {
        indices.merge(cursor.destination(), 1L, Long::sum);
      }
    }
  }

  /** The owner may be about to write the bytes that belong to no record yet. */
  private static void findRemnants(
      Path file, SegmentReader reader, boolean owned, Set<Path> unreadable, List<String> faults) {
    if (!owned && reader.hasRemnants()) {
      unreadable.add(file);
      faults.add(file + ": bytes between or after the records cannot be read");
    }
  }

  private static void findFaults(
      Path file,
      SegmentReader reader,
      int from,
      Contents contents,
      Set<Path> unreadable,
      List<String> faults)
      throws IOException {
    int index = from;
    int first = -1;
    while (index <= reader.end()) {
      Block block = index < reader.end() ? reader.read(index) : null;
      boolean isDamage = index < reader.end() && block == null && reader.isDamage(index);
      if (isDamage && first < 0) {
        first = index;
      } else if (!isDamage && first >= 0) {
        unreadable.add(file);
        faults.add(
            file
                + ": "
                + (first == index - 1 ? "record " : "records " + first + " to ")
                + (index - 1)
                + " cannot be read");
        first = -1;
      }
      if (block != null) {
        contents.add(block);
      }
      index += block == null ? 1 : block.parts();
    }
  }

  /**
   * Reads the documents that wait in a directory, in the order of acceptance; also while its
   * process runs. Leaves out what cannot be read, which {@link #faults} names.
   *
   * @param directory of one process, as in {@link #directory}
   * @param consumer gets one at a time; false ends it
   * @throws IOException when the directory cannot be read
   */
  public static void documents(Path directory, Predicate<? super Waiting> consumer)
      throws IOException {
    for (Path file : files(directory, "spool")) {
      try (SegmentReader reader = SegmentReader.open(file)) {
        int index = reader.drained();
        while (index < reader.end()) {
          Block block = reader.read(index);
          if (block != null && block.kind() == Block.DOCUMENTS && !pass(block, consumer)) {
            return;
          }
          index += block == null ? 1 : block.parts();
        }
      } catch (IOException e) {
        LOG.debug("{} has drained meanwhile, or cannot be read", file, e);
      }
    }
  }

  private static boolean pass(Block block, Predicate<? super Waiting> consumer) {
    Instant acceptedAt = Instant.ofEpochMilli(block.acceptedAt());
    DocumentBatch documents = DocumentBatch.ofRecords(block.payload());
    for (int i = 0; i < documents.size(); i++) {
      if (!consumer.test(new Waiting(documents.get(i), acceptedAt))) {
        return false;
      }
    }
    return true;
  }

  private static List<Path> files(Path directory, String name) throws IOException {
    Path files = directory.resolve(name);
    String glob = name.equals("damaged") ? "*" : "*.segment";
    return Files.isDirectory(files) ? Directories.list(files, glob) : List.of();
  }
}

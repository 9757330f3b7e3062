package dev.eventstream.spool;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segment files of one directory: numbers them, makes them within the limits, and deletes them.
 * A segment appears under its name only when it is whole. One is kept ready, so that nobody waits
 * for 16 MiB of zeros. Thread-safe.
 */
final class Segments {
  private static final Logger LOG = LoggerFactory.getLogger(Segments.class);
  private static final String SUFFIX = ".segment";
  private static final String UNFINISHED = ".new";

  /** A segment to write to. */
  record Fresh(Path file, SegmentWriter writer) {}

  /** There is no segment to write to. */
  static final class NoRoomException extends IOException {
    private static final long serialVersionUID = 1L;

    NoRoomException(@Nullable String reason, @Nullable IOException cause) {
      super(reason, cause);
    }
  }

  private final Path directory;
  private final int segmentBytes;
  private final long maxBytes;
  private final long minFreeBytes;
  private final Consumer<Runnable> fsync;
  private final AtomicLong diskBytes = new AtomicLong();
  private long lastNumber; // guarded by this
  private @Nullable Fresh spare; // guarded by this

  Segments(
      Path directory,
      int segmentBytes,
      long maxBytes,
      long minFreeBytes,
      Consumer<Runnable> fsync) {
    this.directory = directory;
    this.segmentBytes = segmentBytes;
    this.maxBytes = maxBytes;
    this.minFreeBytes = minFreeBytes;
    this.fsync = fsync;
  }

  /** Lists what an earlier process left, oldest first; what it did not finish making is removed. */
  synchronized List<Path> existing() throws IOException {
    for (Path unfinished : SpoolDirectory.list(directory, "*" + UNFINISHED)) {
      Files.delete(unfinished);
    }
    List<Path> files = SpoolDirectory.list(directory, "*" + SUFFIX);
    for (Path file : files) {
      diskBytes.addAndGet(Files.size(file));
      lastNumber = Math.max(lastNumber, number(file));
    }
    return files;
  }

  private static long number(Path file) {
    String name = String.valueOf(file.getFileName());
    try {
      return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
    } catch (NumberFormatException e) {
      return 0; // not named by us; it is read like the others
    }
  }

  long diskBytes() {
    return diskBytes.get();
  }

  long maxBytes() {
    return maxBytes;
  }

  int segmentBytes() {
    return segmentBytes;
  }

  /** Why no further segment can be made now; null when one can. */
  @Nullable String refusal() throws IOException {
    if (diskBytes.get() + segmentBytes > maxBytes) {
      return String.format(
          Locale.ROOT,
          "%s is full: it takes %,d bytes of the %,d it may; there is room again when documents"
              + " leave it, or with a higher limit",
          directory,
          diskBytes.get(),
          maxBytes);
    }
    return lackOfDisk();
  }

  private @Nullable String lackOfDisk() throws IOException {
    long free = Files.getFileStore(directory).getUsableSpace();
    if (free - segmentBytes < minFreeBytes) {
      return String.format(
          Locale.ROOT,
          "the disk of %s has %,d bytes left, and %,d are to stay free: make room on it",
          directory,
          free,
          minFreeBytes);
    }
    return null;
  }

  /**
   * A segment to write to.
   *
   * @param beyondLimit whether the limits may be passed, because as much is given back soon
   * @throws NoRoomException when there is no room or the disk fails, with the remedy
   */
  synchronized Fresh next(boolean beyondLimit) throws NoRoomException {
    Fresh ready = spare;
    if (ready != null) {
      spare = null;
      return ready;
    }
    try {
      String refusal = beyondLimit ? null : refusal();
      if (refusal == null) {
        return create();
      }
      throw new NoRoomException(refusal, null);
    } catch (IOException e) {
      throw e instanceof NoRoomException full ? full : new NoRoomException(e.getMessage(), e);
    }
  }

  /**
   * Makes the next segment beforehand, when there is none yet and there is room.
   *
   * @return whether there is one now
   */
  synchronized boolean prepare() {
    try {
      if (spare == null && refusal() == null) {
        spare = create();
      }
    } catch (IOException e) {
      LOG.debug("The next segment will be made when it is needed", e); // and will fail aloud then
    }
    return spare != null;
  }

  private Fresh create() throws IOException {
    String name = String.format(Locale.ROOT, "%012d", ++lastNumber);
    Path unfinished = directory.resolve(name + UNFINISHED);
    Path file = directory.resolve(name + SUFFIX);
    SegmentWriter writer = null;
    try {
      writer = SegmentWriter.create(unfinished, segmentBytes, fsync);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      SpoolDirectory.sync(directory);
      diskBytes.addAndGet(segmentBytes);
      return new Fresh(file, writer);
    } catch (IOException e) {
      discard(writer, unfinished);
      discard(null, file);
      throw new IOException("cannot make the segment " + file + ": " + e.getMessage(), e);
    }
  }

  private static void discard(@Nullable SegmentWriter writer, Path file) {
    try {
      if (writer != null) {
        writer.close();
      }
      if (Files.exists(file)) {
        cut(file); // what MapDB could not finish it has open still
        Files.delete(file);
      }
    } catch (IOException e) {
      LOG.debug("{} stays behind; the next start removes it", file, e);
    }
  }

  /** Deletes a segment and gives its space back. */
  void delete(Path file) throws IOException {
    long size = Files.size(file);
    cut(file);
    diskBytes.addAndGet(-size);
    Files.delete(file);
  }

  /** Gives back what was allocated for a segment that nobody writes any more, and never used. */
  void trim(Path file, long used) throws IOException {
    long size = Files.size(file);
    if (used < size) {
      try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
        opened.setLength(used);
      }
      diskBytes.addAndGet(used - size);
    }
  }

  /** Before a file is deleted: one that is open or mapped somewhere would keep its blocks. */
  private static void cut(Path file) throws IOException {
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.setLength(0);
    }
  }

  /** Moves a segment out of this directory, where it is kept. */
  Path moveTo(Path other, Path file) throws IOException {
    long size = Files.size(file);
    String name = directory.getFileName() + "-" + file.getFileName();
    Path target = other.resolve(System.currentTimeMillis() + "-" + name);
    while (Files.exists(target)) { // which an atomic move would replace
      target = other.resolve(UUID.randomUUID() + "-" + name);
    }
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    diskBytes.addAndGet(-size);
    SpoolDirectory.sync(other);
    return target;
  }

  /**
   * The segments of another directory, oldest first; what was not finished there is removed.
   *
   * @throws NewerFormatException when one is of a later version; then none is to be taken over
   */
  static List<Path> orphaned(Path other) throws IOException {
    List<Path> files = SpoolDirectory.list(other, "*" + SUFFIX);
    for (Path file : files) {
      try (SegmentReader reader = SegmentReader.open(file)) {
        LOG.debug("{} has {} records", file, reader.end());
      } catch (NewerFormatException e) {
        throw e;
      } catch (IOException e) {
        LOG.debug("{} cannot be read; it is set aside when it is taken over", file, e);
      }
    }
    for (Path unfinished : SpoolDirectory.list(other, "*" + UNFINISHED)) {
      Files.delete(unfinished);
    }
    return files;
  }

  /** Takes over a segment of another directory on the same volume as the newest of this one. */
  Path adopt(Path orphaned) throws IOException {
    Path target;
    synchronized (this) {
      target = directory.resolve(String.format(Locale.ROOT, "%012d", ++lastNumber) + SUFFIX);
    }
    Files.move(orphaned, target, StandardCopyOption.ATOMIC_MOVE);
    diskBytes.addAndGet(Files.size(target));
    SpoolDirectory.sync(directory);
    return target;
  }

  /** Gives back what was made beforehand. */
  synchronized void close() {
    if (spare != null) {
      discard(spare.writer, spare.file);
      spare = null;
    }
  }
}

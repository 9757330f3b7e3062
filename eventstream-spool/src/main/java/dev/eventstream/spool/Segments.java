package dev.eventstream.spool;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
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
  private final AtomicLong diskBytes = new AtomicLong();
  private long lastNumber; // guarded by this
  private @Nullable Fresh spare; // guarded by this

  Segments(Path directory, int segmentBytes, long maxBytes, long minFreeBytes) {
    this.directory = directory;
    this.segmentBytes = segmentBytes;
    this.maxBytes = maxBytes;
    this.minFreeBytes = minFreeBytes;
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
   * @param beyondLimit whether the limit on bytes may be passed; the disk's may not
   * @throws NoRoomException when there is no room or the disk fails, with the remedy
   */
  synchronized Fresh next(boolean beyondLimit) throws NoRoomException {
    Fresh ready = spare;
    if (ready != null) {
      spare = null;
      return ready;
    }
    try {
      String refusal = beyondLimit ? lackOfDisk() : refusal();
      if (refusal == null) {
        return create();
      }
      throw new NoRoomException(refusal, null);
    } catch (IOException e) {
      throw e instanceof NoRoomException full ? full : new NoRoomException(e.getMessage(), e);
    }
  }

  /** Makes the next segment beforehand, when there is none yet and there is room. */
  synchronized void prepare() {
    try {
      if (spare == null && refusal() == null) {
        spare = create();
      }
    } catch (IOException e) {
      LOG.debug("The next segment will be made when it is needed", e); // and will fail aloud then
    }
  }

  private Fresh create() throws IOException {
    String name = String.format(Locale.ROOT, "%012d", ++lastNumber);
    Path unfinished = directory.resolve(name + UNFINISHED);
    Path file = directory.resolve(name + SUFFIX);
    SegmentWriter writer = null;
    try {
      writer = SegmentWriter.create(unfinished, segmentBytes);
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
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.debug("{} stays behind; the next start removes it", file, e);
    }
  }

  /** Deletes a segment and gives its space back. */
  void delete(Path file) throws IOException {
    long size = Files.size(file);
    // cut first: a mapping that is not collected yet would keep the blocks of a deleted file
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(0);
    }
    Files.delete(file);
    diskBytes.addAndGet(-size);
  }

  /** Moves a segment out of this directory, where it is kept. */
  Path moveTo(Path other, Path file) throws IOException {
    long size = Files.size(file);
    Path target = other.resolve(System.currentTimeMillis() + "-" + file.getFileName());
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    SpoolDirectory.sync(other);
    diskBytes.addAndGet(-size);
    return target;
  }

  /** Takes over the segments of another directory on the same volume, in their order. */
  List<Path> adopt(Path orphaned) throws IOException {
    List<Path> adopted = new ArrayList<>();
    for (Path file : SpoolDirectory.list(orphaned, "*" + SUFFIX)) {
      Path target;
      synchronized (this) {
        target = directory.resolve(String.format(Locale.ROOT, "%012d", ++lastNumber) + SUFFIX);
      }
      Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
      diskBytes.addAndGet(Files.size(target));
      adopted.add(target);
    }
    for (Path unfinished : SpoolDirectory.list(orphaned, "*" + UNFINISHED)) {
      Files.delete(unfinished);
    }
    SpoolDirectory.sync(directory);
    return adopted;
  }

  /** Gives back what was made beforehand. */
  synchronized void close() {
    if (spare != null) {
      discard(spare.writer, spare.file);
      spare = null;
    }
  }
}

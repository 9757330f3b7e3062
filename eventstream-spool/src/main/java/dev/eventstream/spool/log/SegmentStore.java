package dev.eventstream.spool.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segment files of one directory: numbers them, creates them within the limits, and deletes
 * them. A segment gets its name only when it is complete. One segment is kept ready, so that no
 * write waits until 16 MiB of zeros are allocated. Thread-safe.
 */
public final class SegmentStore {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentStore.class);
  private static final String SUFFIX = ".segment";
  private static final String UNFINISHED = ".new";

  /**
   * The limits of a store, in bytes.
   *
   * @param segment the size of a segment, a power of two of at least 2 MiB
   * @param max what all segments may take
   * @param minFree what stays free on the disk
   */
  public record Limits(int segment, long max, long minFree) {}

  /** A segment that nothing was written to yet. */
  public record Fresh(Path file, SegmentWriter writer) {}

  private final Path directory;
  private final Limits limits;
  private final Consumer<Runnable> fsync;
  private final AtomicLong diskBytes = new AtomicLong();
  private volatile @Nullable String lackOfDisk; // as it was last measured

  @GuardedBy("this") private long lastNumber;

  @GuardedBy("this") private @Nullable Fresh spare;

  /**
   * Creates a store; {@link #existing} is to be called before a segment is created.
   *
   * @param fsync runs each fsync; tests let it fail or wait
   */
  public SegmentStore(Path directory, Limits limits, Consumer<Runnable> fsync) {
    this.directory = directory;
    this.limits = limits;
    this.fsync = fsync;
  }

  /** Lists the segments of earlier processes, oldest first, and deletes unfinished ones. */
  public synchronized List<Path> existing() throws IOException {
    deleteUnfinished(directory);
    List<Path> files = Directories.list(directory, "*" + SUFFIX);
    for (Path file : files) {
      diskBytes.addAndGet(Files.size(file));
      lastNumber = Math.max(lastNumber, number(file));
    }
    return files;
  }

  private static void deleteUnfinished(Path directory) throws IOException {
    for (Path unfinished : Directories.list(directory, "*" + UNFINISHED)) {
      Files.delete(unfinished);
    }
  }

  private static long number(Path file) {
    String name = String.valueOf(file.getFileName());
    try {
      return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
    } catch (NumberFormatException e) {
      return 0; // not named by us; the file is read like the others
    }
  }

  /**
   * Opens a segment of an earlier process. Deletes it when it was never used, and sets it aside
   * when nothing in it can be read.
   *
   * @return null when it was deleted or set aside
   * @throws IOException when a later version has written it, or the disk fails
   */
  public @Nullable Segment open(Path file, Damage damage) throws IOException {
    SegmentReader reader;
    try {
      reader = SegmentReader.open(file);
    } catch (NewerFormatException e) {
      throw new IOException("the spool file " + file + " has " + e.getMessage(), e);
    } catch (IOException e) {
      damage.setAside(this, file, e);
      return null;
    }
    if (reader.end() == 0 && !reader.hasRemnants()) {
      reader.close();
      delete(file);
      return null;
    }
    return new Segment(file, reader, damage);
  }

  /** The name of the directory. */
  String name() {
    return String.valueOf(directory.getFileName());
  }

  /** How many bytes the segments take on disk. Does not touch the disk. */
  public long diskBytes() {
    return diskBytes.get();
  }

  /** How many bytes they may take. */
  public long maxBytes() {
    return limits.max;
  }

  int segmentBytes() {
    return limits.segment;
  }

  /**
   * Says why no further segment can be created; null when one can be. Does not touch the disk: how
   * much of it is free is known from {@link #measure}.
   */
  public @Nullable String refusal() {
    String full = lackOfBytes();
    return full == null ? lackOfDisk : full;
  }

  private @Nullable String lackOfBytes() {
    long taken = diskBytes.get();
    if (taken + limits.segment <= limits.max) {
      return null;
    }
    return String.format(
        Locale.ROOT,
        "%s is full: it takes %,d bytes of the %,d it may; there is room again when documents"
            + " leave it, or with a higher limit",
        directory,
        taken,
        limits.max);
  }

  /** Asks the disk how much is free, for {@link #refusal}. */
  public void measure() {
    try {
      lackOfDisk = askDisk();
    } catch (IOException e) {
      lackOfDisk = String.valueOf(e.getMessage());
    }
  }

  private @Nullable String askDisk() throws IOException {
    long free = Files.getFileStore(directory).getUsableSpace();
    if (free - limits.segment >= limits.minFree) {
      return null;
    }
    return String.format(
        Locale.ROOT,
        "the disk of %s has %,d bytes left, and %,d are to stay free: make room on it",
        directory,
        free,
        limits.minFree);
  }

  private @Nullable String currentRefusal() throws IOException {
    String full = lackOfBytes();
    if (full != null) {
      return full;
    }
    String lack = askDisk();
    lackOfDisk = lack;
    return lack;
  }

  /**
   * Returns a segment to write to: the one that is ready, or a new one.
   *
   * @param beyondLimit whether the limits may be exceeded, because as much is freed soon
   * @throws NoRoomException when a limit is reached or the disk fails, with the remedy
   */
  public synchronized Fresh next(boolean beyondLimit) throws NoRoomException {
    Fresh ready = spare;
    if (ready != null) {
      spare = null;
      return ready;
    }
    try {
      String refusal = beyondLimit ? null : currentRefusal();
      if (refusal == null) {
        return create();
      }
      throw new NoRoomException(refusal, null);
    } catch (IOException e) {
      throw e instanceof NoRoomException full ? full : new NoRoomException(e.getMessage(), e);
    }
  }

  /**
   * Creates the next segment in advance when there is none yet and there is room.
   *
   * @return whether one is ready now
   */
  public synchronized boolean prepare() {
    try {
      if (spare == null && currentRefusal() == null) {
        spare = create();
      }
    } catch (IOException e) {
      // the write that needs it is refused with the reason
      LOG.debug("The next segment cannot be created in advance", e);
    }
    return spare != null;
  }

  @GuardedBy("this") private Fresh create() throws IOException {
    String name = String.format(Locale.ROOT, "%012d", ++lastNumber);
    Path unfinished = directory.resolve(name + UNFINISHED);
    Path file = directory.resolve(name + SUFFIX);
    SegmentWriter writer = null;
    try {
      writer = SegmentWriter.create(unfinished, limits.segment, fsync);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      Directories.sync(directory);
      diskBytes.addAndGet(limits.segment);
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
        truncate(file); // MapDB keeps a file open that it could not finish
        Files.delete(file);
      }
    } catch (IOException e) {
      LOG.debug("{} cannot be deleted; the next start deletes it", file, e);
    }
  }

  /** Deletes a segment and frees its space. */
  public void delete(Path file) throws IOException {
    long size = Files.size(file);
    truncate(file);
    diskBytes.addAndGet(-size);
    Files.delete(file);
    measure();
  }

  /** Frees the space behind the last used byte of a segment that is not written any more. */
  public void trim(Path file, long used) throws IOException {
    long size = Files.size(file);
    if (used < size) {
      try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
        opened.setLength(used);
      }
      diskBytes.addAndGet(used - size);
    }
  }

  /** A deleted file that is open or mapped somewhere would keep its blocks. */
  private static void truncate(Path file) throws IOException {
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.setLength(0);
    }
  }

  /** Moves a segment out of this directory; it does not count for the limits any more. */
  void moveTo(Path target, Path file) throws IOException {
    long size = Files.size(file);
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    diskBytes.addAndGet(-size);
    Path parent = target.getParent();
    if (parent != null) {
      Directories.sync(parent);
    }
  }

  /**
   * Lists the segments of another directory, oldest first, and deletes unfinished ones there.
   *
   * @throws NewerFormatException when a later version has written one; none can be adopted then
   */
  public static List<Path> orphaned(Path other) throws IOException {
    List<Path> files = Directories.list(other, "*" + SUFFIX);
    for (Path file : files) {
      try (SegmentReader reader = SegmentReader.open(file)) {
        LOG.debug("{} has {} records", file, reader.end());
      } catch (NewerFormatException e) {
        throw e;
      } catch (IOException e) {
        LOG.debug("{} cannot be read; it is set aside when it is adopted", file, e);
      }
    }
    deleteUnfinished(other);
    return files;
  }

  /** Moves a segment of another directory on the same volume here, as the newest one. */
  public Path adopt(Path orphaned) throws IOException {
    Path target;
    synchronized (this) {
      target = directory.resolve(String.format(Locale.ROOT, "%012d", ++lastNumber) + SUFFIX);
    }
    Files.move(orphaned, target, StandardCopyOption.ATOMIC_MOVE);
    diskBytes.addAndGet(Files.size(target));
    Directories.sync(directory);
    return target;
  }

  /** Deletes the segment that was created in advance. */
  public synchronized void close() {
    Fresh ready = spare;
    if (ready != null) {
      discard(ready.writer, ready.file);
      spare = null;
    }
  }
}

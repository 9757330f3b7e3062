package dev.eventstream.spool;

import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.spi.Spool;
import dev.eventstream.spi.SpoolState;
import dev.eventstream.spool.log.Damage;
import dev.eventstream.spool.log.SegmentStore;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Spool} in MapDB files: segments of blocks of documents, each of which is fsynced before
 * it is answered. While one fsync runs, the next group of writes is collected.
 *
 * <p>Several processes may share a root directory: each uses a directory of its own below it, and
 * takes over those whose owners are gone, at the start and every few seconds.
 *
 * <p>After a crash or a power cut the spool opens without help. A file that cannot be read is moved
 * to the directory {@code damaged}, logged and listed in {@link #state}, and never deleted;
 * everything readable around it is delivered.
 *
 * <p>Thread-safe. {@link #state}, {@link #write} and {@link Portion#remove} never wait for the
 * disk. {@link #close()} ends the threads of the spool.
 */
public final class MapDbSpool implements Spool {
  private static final Logger LOG = LoggerFactory.getLogger(MapDbSpool.class);
  private static final Duration ROUND = Duration.ofSeconds(5);
  private static final Duration MEASURE = Duration.ofSeconds(1);
  private static final int DEAD_LETTER_SEGMENT = 4 << 20;

  private final SpoolDirectory directory;
  private final Damage damage;
  private final SegmentStore store;
  private final DocumentQueue queue;
  private final GroupCommit writer;
  private final MapDbDeadLetters deadLetters;
  private final SpoolMaintenance maintenance = new SpoolMaintenance();
  private volatile Runnable whenFilled = () -> {};

  private MapDbSpool(Builder builder, SpoolDirectory directory) throws IOException {
    this.directory = directory;
    this.damage = new Damage(directory.subdirectory("damaged"), builder.clock);
    this.store = new SegmentStore(directory.subdirectory("spool"), builder.limits(), builder.fsync);
    this.deadLetters =
        new MapDbDeadLetters(
            new SegmentStore(
                directory.subdirectory("dead-letters"), builder.deadLetterLimits(), builder.fsync),
            damage,
            builder.clock,
            maintenance.onRequest("Compacting the dead letters", this::compact));
    try {
      this.queue =
          new DocumentQueue(
              store, damage, maintenance.onRequest("Deleting drained segments", this::tidy));
      for (Path file : store.existing()) {
        queue.add(file);
      }
    } catch (IOException | RuntimeException e) {
      maintenance.close();
      deadLetters.close();
      throw e;
    }
    Runnable prepare = maintenance.onRequest("Creating a segment", store::prepare);
    this.writer = new GroupCommit(store, damage, queue, builder.clock, prepare, this::filled);
    logWhatIsThere();
    store.measure();
    String refusal = store.refusal();
    if (refusal != null) {
      writer.refuseAll(refusal);
    }
    prepare.run();
    OrphanAdoption adoption =
        new OrphanAdoption(directory, store, queue, deadLetters, damage, this::filled);
    if (builder.existing) {
      try {
        adoption.run();
      } catch (IOException | RuntimeException e) {
        maintenance.close();
        deadLetters.close();
        queue.close();
        throw e;
      }
    }
    maintenance.every(ROUND, "Looking for orphaned spools", adoption::run);
    maintenance.every(ROUND, "Maintaining the spool", this::maintain);
    maintenance.every(MEASURE, "Measuring the disk", store::measure);
    writer.start();
  }

  /**
   * Opens a spool with the default limits.
   *
   * @param root a directory, which is created if it does not exist
   * @return the spool
   * @throws IOException when the directory cannot be used
   */
  public static MapDbSpool open(Path root) throws IOException {
    return builder(root).open();
  }

  /**
   * Starts to build a spool.
   *
   * @param root a directory, which is created if it does not exist
   * @return a builder with the defaults
   */
  public static Builder builder(Path root) {
    return new Builder(root);
  }

  private void logWhatIsThere() {
    long documents = queue.backlog().totals().documents();
    if (documents > 0) {
      LOG.info("{} documents wait in {}", documents, directory.path());
    }
    if (!damage.files().isEmpty()) {
      LOG.warn("Files that could not be read are kept in {}", damage.directory());
    }
  }

  /**
   * Returns the directory of this process, below the root. Its owner can keep notes in it, as files
   * whose names end with {@code .json}: the next owner finds them, and they are deleted when
   * another process takes over the documents.
   */
  public Path directory() {
    return directory.path();
  }

  // Writing and reading

  @Override
  public CompletionStage<SinkResult> write(DocumentBatch documents) {
    return writer.write(documents, null);
  }

  @Override
  public @Nullable Portion take(int maxDocuments, int maxBytes) {
    Backlog.Portion taken = queue.take(maxDocuments, maxBytes);
    return taken == null ? null : new Taken(taken);
  }

  private final class Taken implements Portion {
    private final Backlog.Portion portion;
    private volatile boolean moved;

    Taken(Backlog.Portion portion) {
      this.portion = portion;
    }

    @Override
    public DocumentBatch documents() {
      return portion.documents();
    }

    @Override
    public Instant oldest() {
      return Instant.ofEpochMilli(portion.oldest());
    }

    @Override
    public void remove() {
      queue.remove(portion, moved);
    }

    @Override
    public CompletionStage<SinkResult> moveToEnd(DocumentBatch rest) {
      moved = true;
      return writer.write(rest, portion.oldest());
    }
  }

  @Override
  public void whenFilled(Runnable task) {
    whenFilled = task;
    if (queue.backlog().next() != null) { // documents of an earlier process
      task.run();
    }
  }

  private void filled() {
    try {
      whenFilled.run();
    } catch (RuntimeException e) {
      LOG.error("The task that runs when there are documents to take has failed", e);
    }
  }

  @Override
  public DeadLetters deadLetters() {
    return deadLetters;
  }

  @Override
  public SpoolState state() {
    String refusal = writer.refusal();
    if (refusal != null && !writer.hasFailed()) {
      refusal = store.refusal(); // the limit may not be reached any more
    }
    Backlog.Totals totals = queue.backlog().totals();
    return new SpoolState(
        totals.documents(),
        totals.bytes(),
        store.diskBytes(),
        store.maxBytes(),
        totals.oldest(),
        refusal,
        damage.files());
  }

  // Maintenance

  private void maintain() {
    if (writer.hasFailed() && store.prepare()) {
      writer.recovered();
    }
    queue.tidy();
    queue.noteProgress();
    if (queue.backlog().retryUnreadable()) {
      filled();
    }
  }

  private void tidy() {
    queue.tidy();
  }

  private void compact() throws IOException {
    deadLetters.compact();
  }

  /**
   * Refuses further writes, finishes those that were accepted, and releases the directory for the
   * next process.
   */
  @Override
  public void close() {
    writer.close();
    maintenance.close();
    deadLetters.close();
    try {
      queue.close();
      directory.close();
    } catch (IOException e) {
      LOG.warn("Closing {} failed", directory.path(), e);
    }
  }

  /** Builds a {@link MapDbSpool}. Not thread-safe. */
  public static final class Builder {
    private static final int MIN_SEGMENT = 4 << 20;
    private static final int MAX_SEGMENT = 16 << 20;
    private static final long MIN_BYTES = 4L * MIN_SEGMENT;

    private final Path root;
    private long maxBytes = 1L << 30;
    private long minFreeBytes = 256L << 20;
    private long maxDeadLetterBytes = 128L << 20;
    private Clock clock = Clock.systemUTC();
    private boolean existing;
    private Consumer<Runnable> fsync = Runnable::run;

    private Builder(Path root) {
      this.root = root;
    }

    /**
     * Sets how many bytes the files of waiting documents may take. At the limit writes are refused
     * until documents have left. Files that are taken over from other processes are not refused.
     *
     * @param bytes at least 16 MiB; 1 GiB by default
     * @return this builder
     */
    public Builder maxBytes(long bytes) {
      this.maxBytes = atLeast("maxBytes", bytes, MIN_BYTES);
      return this;
    }

    /**
     * Sets how many bytes stay free on the disk. Moving and removing documents frees space, and may
     * use one segment of these bytes for it.
     *
     * @param bytes zero or more; 256 MiB by default
     * @return this builder
     */
    public Builder minFreeBytes(long bytes) {
      this.minFreeBytes = atLeast("minFreeBytes", bytes, 0);
      return this;
    }

    /**
     * Sets how many bytes the files of dead letters may take. The letters of the last request that
     * has room may exceed it.
     *
     * @param bytes at least 16 MiB; 128 MiB by default
     * @return this builder
     */
    public Builder maxDeadLetterBytes(long bytes) {
      this.maxDeadLetterBytes = atLeast("maxDeadLetterBytes", bytes, MIN_BYTES);
      return this;
    }

    /**
     * Sets the clock for the times of acceptance and the names of damaged files.
     *
     * @param newClock the system's by default
     * @return this builder
     */
    public Builder clock(Clock newClock) {
      this.clock = newClock;
      return this;
    }

    /**
     * Has {@link #open} take over what processes that are gone have left, all of it before it
     * returns, and fail if there is nothing. Without this, {@code open} creates a directory if none
     * is free, and takes over others in the background.
     *
     * @return this builder
     */
    public Builder existing() {
      this.existing = true;
      return this;
    }

    /** Runs each fsync; lets tests simulate a disk that fails or is slow. */
    Builder fsync(Consumer<Runnable> newFsync) {
      this.fsync = newFsync;
      return this;
    }

    private static long atLeast(String setting, long value, long min) {
      if (value < min) {
        throw new IllegalArgumentException(
            "the spool's " + setting + " is " + value + "; it must be at least " + min);
      }
      return value;
    }

    private SegmentStore.Limits limits() {
      long part = Long.highestOneBit(maxBytes / 8);
      int segment = (int) Math.max(MIN_SEGMENT, Math.min(MAX_SEGMENT, part));
      return new SegmentStore.Limits(segment, maxBytes, minFreeBytes);
    }

    private SegmentStore.Limits deadLetterLimits() {
      return new SegmentStore.Limits(DEAD_LETTER_SEGMENT, maxDeadLetterBytes, minFreeBytes);
    }

    /**
     * Opens the spool: takes over the directory of an earlier process, or creates one.
     *
     * @return the spool
     * @throws IOException when the directory cannot be used, or was written by a later version
     * @throws java.nio.file.NoSuchFileException with {@link #existing}, when there is no directory
     *     of a process that is gone
     */
    public MapDbSpool open() throws IOException {
      Lz4Library.deleteUnpacked();
      SpoolDirectory directory;
      try {
        directory = existing ? ownExisting() : SpoolDirectory.own(root);
        ServerNote.delete(directory.path()); // of the last owner
      } catch (NoSuchFileException e) {
        throw e;
      } catch (IOException e) {
        throw new IOException(
            "the spool directory "
                + root
                + " cannot be used ("
                + e
                + "): give one that is writable",
            e);
      }
      try {
        return new MapDbSpool(this, directory);
      } catch (IOException | RuntimeException e) {
        directory.close();
        throw e;
      }
    }

    private SpoolDirectory ownExisting() throws IOException {
      SpoolDirectory taken = SpoolDirectory.ownExisting(root);
      if (taken == null) {
        throw new NoSuchFileException(
            root.toString(), null, "no process has left a directory here, or others use them all");
      }
      return taken;
    }
  }
}

package dev.eventstream.spool;

import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.spi.Spool;
import dev.eventstream.spi.SpoolState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link dev.eventstream.spi.Spool} on MapDB: segment files of blocks of documents, each fsynced
 * before it is answered. While one fsync runs, the next group of writes fills.
 *
 * <p>Several processes may be given the same directory: each works in one of its own below it, and
 * takes over those whose owners are gone, at the start and every few seconds.
 *
 * <p>Opening needs nobody's help after a crash or a power cut. What cannot be read is moved to a
 * directory {@code damaged}, named in the log and in {@link #state}, and never deleted; all that is
 * readable around it is delivered.
 *
 * <p>Thread-safe. Owns two threads, and ends them in {@link #close()}.
 */
public final class MapDbSpool implements Spool {
  private static final Logger LOG = LoggerFactory.getLogger(MapDbSpool.class);

  private final SpoolDirectory directory;
  private final Segments segments;
  private final Path damagedDirectory;
  private final MapDbDeadLetters deadLetters;
  private final GroupCommit writer;
  private final Caretaker caretaker;

  private final Object lock = new Object();
  private final List<Source> sources = new ArrayList<>(); // guarded by lock
  private final List<String> damaged = new ArrayList<>(); // guarded by lock
  private @Nullable Source current; // that is being read; guarded by lock
  private boolean closed; // guarded by files

  /** Held while files are read or removed, so that nothing is touched once they are another's. */
  private final Object files = new Object();

  private volatile Runnable whenFilled = () -> {};

  private MapDbSpool(Builder builder, SpoolDirectory directory) throws IOException {
    this.directory = directory;
    this.segments =
        new Segments(
            directory.subdirectory("spool"),
            builder.segmentBytes(),
            builder.maxBytes,
            builder.minFreeBytes,
            builder.fsync);
    this.damagedDirectory = directory.subdirectory("damaged");
    for (Path file : SpoolDirectory.list(damagedDirectory, "*")) {
      damaged.add(file.toString());
    }
    this.deadLetters =
        new MapDbDeadLetters(
            directory.subdirectory("dead-letters"),
            damagedDirectory,
            builder.maxDeadLetterBytes,
            builder.minFreeBytes,
            builder.fsync);
    try {
      for (Path file : segments.existing()) {
        addExisting(file);
      }
      this.caretaker = new Caretaker();
      this.writer =
          new GroupCommit(
              new Journal(segments, new Sources()), builder.clock, caretaker::wantSegment);
    } catch (IOException | RuntimeException e) {
      deadLetters.close();
      throw e;
    }
    SpoolState state = state();
    if (state.documents() > 0) {
      LOG.info("{} documents wait in {}", state.documents(), directory.path());
    }
    if (!state.damaged().isEmpty()) {
      LOG.warn("What could not be read is kept in {}", damagedDirectory);
    }
    caretaker.wantSegment();
    caretaker.start();
    writer.start();
  }

  /**
   * Opens a spool with the default limits.
   *
   * @param root a directory, which is made if it is not there
   * @return the spool
   * @throws IOException when the directory cannot be used
   */
  public static MapDbSpool open(Path root) throws IOException {
    return builder(root).open();
  }

  /**
   * Starts to build a spool.
   *
   * @param root a directory, which is made if it is not there
   * @return a builder with the defaults
   */
  public static Builder builder(Path root) {
    return new Builder(root);
  }

  @Override
  public CompletionStage<SinkResult> write(DocumentBatch documents) {
    return writer.write(documents, null);
  }

  @Override
  public void whenFilled(Runnable task) {
    whenFilled = task;
    boolean filled;
    synchronized (lock) {
      filled = next() != null;
    }
    if (filled) { // by an earlier process
      task.run();
    }
  }

  private void filled() {
    try {
      whenFilled.run();
    } catch (RuntimeException e) {
      LOG.error("What is to be run when there are documents to take has failed", e);
    }
  }

  @Override
  public DeadLetters deadLetters() {
    return deadLetters;
  }

  @Override
  public SpoolState state() {
    String refusal;
    try {
      refusal = writer.refusal();
      refusal = refusal == null || writer.hasFailed() ? refusal : segments.refusal();
    } catch (IOException e) {
      refusal = e.getMessage();
    }
    synchronized (lock) {
      long documents = 0;
      long bytes = 0;
      long oldest = Long.MAX_VALUE;
      for (Source source : sources) {
        documents += source.documents;
        bytes += source.bytes;
        oldest = source.documents > 0 ? Math.min(oldest, source.oldest()) : oldest;
      }
      List<String> allDamaged = new ArrayList<>(damaged);
      allDamaged.addAll(deadLetters.damaged());
      return new SpoolState(
          documents,
          bytes,
          segments.diskBytes(),
          segments.maxBytes(),
          oldest == Long.MAX_VALUE ? null : Instant.ofEpochMilli(oldest),
          refusal,
          allDamaged);
    }
  }

  @Override
  public @Nullable Portion take(int maxDocuments, int maxBytes) {
    synchronized (files) {
      while (!closed) {
        Source source;
        synchronized (lock) {
          source = next();
        }
        if (source == null) {
          return null;
        }
        Taken taken = take(source, maxDocuments, maxBytes);
        if (taken != null) {
          return taken;
        }
        finishIfDrained(source);
      }
      return null;
    }
  }

  /** The source that is being read, or else the one with the oldest documents. */
  private @Nullable Source next() {
    Source reading = current;
    if (reading != null && reading.hasNext()) {
      return reading;
    }
    current =
        sources.stream()
            .filter(Source::hasNext)
            .min(Comparator.comparingLong(Source::oldest))
            .orElse(null);
    return current;
  }

  private @Nullable Taken take(Source source, int maxDocuments, int maxBytes) {
    List<Block> blocks = new ArrayList<>();
    int documents = 0;
    int bytes = 0;
    int limit;
    int at;
    synchronized (lock) {
      limit = source.limit;
      at = source.next;
    }
    int from = at;
    while (at < limit) {
      if (!source.isReadable()) {
        break;
      }
      Block block = source.read(at);
      if (block == null || block.kind() != Block.DOCUMENTS) {
        at += block == null ? 1 : block.parts();
        continue;
      }
      boolean fits =
          documents + block.count() <= maxDocuments && bytes + block.payload().length <= maxBytes;
      if (!fits && documents > 0) {
        source.keepForNextTime(at, block);
        break;
      }
      blocks.add(block);
      documents += block.count();
      bytes += block.payload().length;
      at += block.parts();
    }
    Taken taken = blocks.isEmpty() ? null : new Taken(source, from, blocks, bytes);
    synchronized (lock) {
      source.next = at;
      if (taken != null) {
        source.outstanding.add(taken);
      }
    }
    return taken;
  }

  private void finishIfDrained(Source source) {
    synchronized (files) {
      synchronized (lock) {
        if (closed || !source.isDrained() || !sources.contains(source)) {
          return;
        }
      }
      try {
        source.close();
        if (source.damaged) {
          Path kept = segments.moveTo(damagedDirectory, source.file);
          synchronized (lock) {
            damaged.add(kept.toString());
          }
          LOG.error("What could not be read of {} is kept in {}", source.file, kept);
        } else {
          segments.delete(source.file);
        }
        synchronized (lock) {
          sources.remove(source);
        }
      } catch (NoSuchFileException e) {
        synchronized (lock) {
          sources.remove(source);
        }
        LOG.warn("{} has been removed by somebody else", source.file, e);
      } catch (IOException e) {
        LOG.warn("{} is drained but cannot be removed; it is tried again", source.file, e);
      }
    }
  }

  private void finishDrained() {
    List<Source> all;
    synchronized (lock) {
      all = List.copyOf(sources);
    }
    all.forEach(this::finishIfDrained);
  }

  private void saveProgress() {
    List<Source> changed;
    synchronized (lock) {
      changed =
          sources.stream()
              .filter(source -> source.removed || source.drained() > source.savedProgress)
              .toList();
    }
    changed.forEach(this::saveProgress);
  }

  private void saveProgress(Source source) {
    synchronized (files) { // or else one that is removed meanwhile would be made anew
      Progress progress;
      synchronized (lock) {
        // what is damaged stays as it is, and is read again, so that the damage is found again, too
        if (source.damaged || !sources.contains(source)) {
          return;
        }
        progress = source.progress();
        source.savedProgress = progress.drained();
        source.removed = false;
      }
      try {
        progress.write(source.file);
      } catch (IOException e) {
        LOG.debug("{} will be sent from its beginning after a restart", source.file, e);
      }
    }
  }

  private void addExisting(Path file) throws IOException {
    SegmentReader reader;
    try {
      reader = SegmentReader.open(file);
    } catch (NewerFormatException e) {
      throw new IOException("the spool file " + file + " has " + e.getMessage(), e);
    } catch (IOException e) {
      setAside(file, e);
      return;
    }
    try (reader) {
      if (reader.end() == 0 && !reader.hasRemnants()) {
        segments.delete(file); // made beforehand, and never used
        return;
      }
      if (!reader.hasRemnants()) {
        segments.trim(file, reader.usedBytes());
      }
      Source source = new Source(file, null);
      source.limit = reader.end();
      source.next = reader.drained();
      source.savedProgress = reader.drained();
      source.documents = reader.documents();
      source.bytes = reader.bytes();
      source.nextOldest = reader.oldest();
      source.damaged = reader.hasRemnants();
      synchronized (lock) {
        sources.add(source);
      }
      if (reader.waitingDocuments() != reader.documents()) {
        saveProgress(source); // what arrived before is sent again
      }
      finishIfDrained(source);
    }
  }

  private void setAside(Path file, IOException reason) throws IOException {
    Path kept = segments.moveTo(damagedDirectory, file);
    synchronized (lock) {
      damaged.add(kept.toString());
    }
    LOG.error("{} cannot be read and is kept in {}", file, kept, reason);
  }

  /**
   * Stops taking documents, writes those that were given, and leaves the directory to the next
   * process.
   */
  @Override
  public void close() {
    writer.close();
    caretaker.stop();
    deadLetters.close();
    try {
      synchronized (files) {
        if (closed) {
          return;
        }
        finishDrained();
        saveProgress();
        closed = true;
        segments.close();
        List<Source> all;
        synchronized (lock) {
          all = List.copyOf(sources);
        }
        for (Source source : all) {
          source.close();
        }
      }
      directory.close();
    } catch (IOException e) {
      LOG.warn("Closing {} failed", directory.path(), e);
    }
  }

  /** Keeps the list of segments in step with the writer. */
  private final class Sources implements Journal.Listener {
    private @Nullable Source active;

    @Override
    public void opened(Path file, SegmentWriter segment) {
      Source opened = new Source(file, segment);
      active = opened;
      synchronized (lock) {
        sources.add(opened);
      }
    }

    @Override
    public void committed() {
      Source source = active;
      if (source == null) {
        return;
      }
      synchronized (lock) {
        SegmentWriter segment = source.segment;
        source.limit = segment == null ? source.limit : segment.committed();
        GroupCommit.Totals totals = writer.takeTotals();
        if (source.documents == 0) {
          source.nextOldest = totals.oldest();
        }
        source.documents += totals.documents();
        source.bytes += totals.bytes();
      }
      filled();
    }

    @Override
    public void closed(Path file, int committed) {
      Source source = active;
      active = null;
      if (source != null) {
        synchronized (lock) {
          source.limit = committed;
          source.segment = null;
        }
        finishIfDrained(source);
      }
    }
  }

  /** A segment to be read. */
  private final class Source {
    final Path file;
    final boolean written; // by this process, which knows what was committed
    @Nullable SegmentWriter segment; // while it is written; guarded by lock
    int limit; // how many records may be read; guarded by lock
    int next; // the record to be read next; guarded by lock
    long documents; // that are not removed yet; guarded by lock
    long bytes; // of these; guarded by lock
    long nextOldest = Long.MAX_VALUE; // of those that are not taken yet, about; guarded by lock
    final List<Taken> outstanding = new ArrayList<>(); // guarded by lock
    volatile boolean damaged;
    volatile boolean unreadable; // for now; the caretaker lets it be tried again
    int savedProgress; // guarded by lock
    boolean removed; // whether documents were since then; guarded by lock

    // only the thread that takes
    private @Nullable SegmentReader reader;
    private @Nullable Block kept;
    private int keptAt = -1;

    Source(Path file, @Nullable SegmentWriter segment) {
      this.file = file;
      this.segment = segment;
      this.written = segment != null;
    }

    long oldest() {
      long oldest = next < limit ? nextOldest : Long.MAX_VALUE;
      for (Taken taken : outstanding) {
        oldest = Math.min(oldest, taken.oldest);
      }
      return oldest;
    }

    /** Up to which record all are removed; the lock must be held. */
    int drained() {
      return outstanding.stream().mapToInt(taken -> taken.from).min().orElse(next);
    }

    /** What is to be noted; the lock must be held. */
    Progress progress() {
      return new Progress(drained(), limit, (int) documents, bytes, oldest());
    }

    boolean hasNext() {
      return next < limit && !unreadable;
    }

    boolean isDrained() {
      return segment == null && next >= limit && outstanding.isEmpty();
    }

    void keepForNextTime(int index, Block block) {
      kept = block;
      keptAt = index;
    }

    @Nullable Block read(int index) {
      Block again = kept;
      if (again != null && keptAt == index) {
        kept = null;
        return again;
      }
      try {
        SegmentWriter writing;
        synchronized (lock) {
          writing = segment;
        }
        Block block = writing == null ? reader().read(index) : readWhileWritten(writing, index);
        boolean lost = block == null && (written || reader().isDamage(index));
        if (lost && !damaged) {
          damaged = true;
          LOG.error("Record {} of {} cannot be read; what can be is delivered", index, file);
        }
        return block;
      } catch (IOException e) {
        if (!damaged) {
          damaged = true;
          LOG.error("Record {} of {} cannot be read; what can be is delivered", index, file, e);
        }
        return null;
      }
    }

    /** Its writer may go on to the next segment meanwhile. */
    private @Nullable Block readWhileWritten(SegmentWriter writing, int index) throws IOException {
      try {
        return writing.read(index);
      } catch (IOException e) {
        if (!writing.isClosed()) {
          throw e;
        }
        return reader().read(index);
      }
    }

    /** Whether the file can be opened; that it cannot be now, for want of handles, is no damage. */
    boolean isReadable() {
      SegmentWriter writing;
      synchronized (lock) {
        writing = segment;
      }
      try {
        if (writing == null || writing.isClosed()) {
          reader();
        }
        return true;
      } catch (IOException e) {
        unreadable = true;
        LOG.error("{} cannot be opened; it is tried again", file, e);
        return false;
      }
    }

    private SegmentReader reader() throws IOException {
      SegmentReader open = reader;
      if (open == null) {
        open = SegmentReader.open(file);
        reader = open;
      }
      return open;
    }

    void close() throws IOException {
      SegmentReader open = reader;
      reader = null;
      if (open != null) {
        open.close();
      }
    }
  }

  private final class Taken implements Portion {
    private final Source source;
    private final int from; // its first record
    private final DocumentBatch documents;
    private final long oldest;
    private volatile boolean moved;

    Taken(Source source, int from, List<Block> blocks, int bytes) {
      this.source = source;
      this.from = from;
      byte[] records = blocks.get(0).payload();
      if (blocks.size() > 1) {
        records = new byte[bytes];
        int at = 0;
        for (Block block : blocks) {
          System.arraycopy(block.payload(), 0, records, at, block.payload().length);
          at += block.payload().length;
        }
      }
      this.documents = DocumentBatch.ofRecords(records);
      this.oldest = blocks.stream().mapToLong(Block::acceptedAt).min().orElseThrow();
    }

    @Override
    public DocumentBatch documents() {
      return documents;
    }

    @Override
    public Instant oldest() {
      return Instant.ofEpochMilli(oldest);
    }

    @Override
    public void remove() {
      synchronized (lock) {
        if (!source.outstanding.remove(this)) {
          return;
        }
        source.documents -= documents.size();
        source.bytes -= documents.byteSize();
        source.nextOldest = Math.max(source.nextOldest, oldest); // it can only be as old now
        source.removed = true;
      }
      finishIfDrained(source);
      if (moved) { // or else the files would show the same documents twice until the next round
        saveProgress(source);
      }
    }

    @Override
    public CompletionStage<SinkResult> moveToEnd(DocumentBatch rest) {
      moved = true;
      return writer.write(rest, oldest);
    }
  }

  /** Makes segments beforehand, and takes over directories whose owners are gone. */
  private final class Caretaker implements Runnable {
    private static final Duration ROUND = Duration.ofSeconds(5);

    private final Thread thread = new Thread(this, "eventstream-spool-files");
    private boolean segmentWanted; // guarded by this
    private boolean stopped; // guarded by this

    void start() {
      thread.setDaemon(true);
      thread.start();
    }

    synchronized void wantSegment() {
      segmentWanted = true;
      notifyAll();
    }

    void stop() {
      synchronized (this) {
        stopped = true;
        notifyAll();
      }
      Threads.join(thread);
    }

    @Override
    public void run() {
      while (true) {
        try {
          adoptOrphans();
        } catch (IOException | RuntimeException e) {
          LOG.warn("Looking for orphaned spools beside {} failed", directory.path(), e);
        }
        if (!pause()) {
          return;
        }
        lookAfterFiles();
      }
    }

    private void lookAfterFiles() {
      if (writer.hasFailed() && segments.prepare()) {
        writer.mended();
      }
      finishDrained();
      saveProgress();
      boolean again = false;
      synchronized (lock) {
        for (Source source : sources) {
          again |= source.unreadable;
          source.unreadable = false;
        }
      }
      if (again) {
        filled();
      }
    }

    /** Waits for the next round; false at the end. */
    private boolean pause() {
      long end = System.nanoTime() + ROUND.toNanos();
      while (true) {
        boolean prepare;
        synchronized (this) {
          long left = end - System.nanoTime();
          while (!stopped && !segmentWanted && left > 0) {
            try {
              wait(Math.max(1, left / 1_000_000));
            } catch (InterruptedException e) {
              return false;
            }
            left = end - System.nanoTime();
          }
          if (stopped) {
            return false;
          }
          prepare = segmentWanted;
          segmentWanted = false;
        }
        if (!prepare) {
          return true;
        }
        segments.prepare();
      }
    }
  }

  private void adoptOrphans() throws IOException {
    for (SpoolDirectory orphan : directory.orphans()) {
      try (orphan) {
        adopt(orphan);
        filled();
      } catch (IOException | RuntimeException e) {
        LOG.warn("{} cannot be taken over; it is tried again", orphan.path(), e);
      }
    }
  }

  private void adopt(SpoolDirectory orphan) throws IOException {
    List<Path> documents = Segments.orphaned(orphan.subdirectory("spool"));
    List<Path> letters = Segments.orphaned(orphan.subdirectory("dead-letters"));
    for (Path file : documents) {
      addExisting(segments.adopt(file));
    }
    deadLetters.adopt(letters);
    for (Path file : SpoolDirectory.list(orphan.subdirectory("damaged"), "*")) {
      Path kept = damagedDirectory.resolve(orphan.path().getFileName() + "-" + file.getFileName());
      Files.move(file, kept);
      synchronized (lock) {
        damaged.add(kept.toString());
      }
    }
    orphan.remove();
    LOG.info("Took over {} segments of {}", documents.size(), orphan.path());
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
    private Consumer<Runnable> fsync = Runnable::run;

    private Builder(Path root) {
      this.root = root;
    }

    /**
     * Sets how many bytes the files of documents that wait may take. Beyond, writes are refused
     * until some have left. What is taken over from other processes is not refused.
     *
     * @param bytes at least 16 MiB; 1 GiB by default
     * @return this builder
     */
    public Builder maxBytes(long bytes) {
      this.maxBytes = atLeast("maxBytes", bytes, MIN_BYTES);
      return this;
    }

    /**
     * Sets how many bytes stay free on the disk; what is moved or removed, and so makes room, may
     * use one segment of them.
     *
     * @param bytes zero or more; 256 MiB by default
     * @return this builder
     */
    public Builder minFreeBytes(long bytes) {
      this.minFreeBytes = atLeast("minFreeBytes", bytes, 0);
      return this;
    }

    /**
     * Sets how many bytes the files of dead letters may take.
     *
     * @param bytes at least 16 MiB; 128 MiB by default
     * @return this builder
     */
    public Builder maxDeadLetterBytes(long bytes) {
      this.maxDeadLetterBytes = atLeast("maxDeadLetterBytes", bytes, MIN_BYTES);
      return this;
    }

    /**
     * Sets the clock that says when documents are accepted.
     *
     * @param newClock by default the system's
     * @return this builder
     */
    public Builder clock(Clock newClock) {
      this.clock = newClock;
      return this;
    }

    /** Lets tests have a disk that fails or is slow. */
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

    private int segmentBytes() {
      long part = Long.highestOneBit(maxBytes / 8);
      return (int) Math.max(MIN_SEGMENT, Math.min(MAX_SEGMENT, part));
    }

    /**
     * Opens the spool: takes over what an earlier process left, or makes a new one.
     *
     * @return the spool
     * @throws IOException when the directory cannot be used, or was written by a later version
     */
    public MapDbSpool open() throws IOException {
      SpoolDirectory directory;
      try {
        directory = SpoolDirectory.own(root);
      } catch (IOException e) {
        throw new IOException(
            "the spool directory "
                + root
                + " cannot be used ("
                + e
                + "): give one that can be"
                + " written",
            e);
      }
      try {
        return new MapDbSpool(this, directory);
      } catch (IOException | RuntimeException e) {
        directory.close();
        throw e;
      }
    }
  }
}

package dev.eventstream.server.importer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.eventstream.BrokenEvent;
import dev.eventstream.Event;
import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.FailedEvent;
import dev.eventstream.Outcome;
import dev.eventstream.PublishReport;
import dev.eventstream.internal.DurableFile;
import dev.eventstream.server.importer.ImportCounts.Rejected;
import dev.eventstream.server.importer.ImportProgress.Beginning;
import dev.eventstream.server.importer.ImportProgress.Finished;
import dev.eventstream.server.importer.QueueLines.Line;
import dev.eventstream.spi.Rejection;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the events of a file to which several processes have appended without a lock: one JSON
 * event per line, some of them incomplete or interleaved.
 *
 * <p>Document ids are derived from the file alone, so that no event becomes two documents, also if
 * the import is interrupted or repeated. The progress is stored in {@code FILE.import}, and what
 * could not be imported in {@code FILE.unreadable}. {@code FILE.import.lock} excludes a concurrent
 * import. The file itself is only read.
 *
 * <p>Holds a few MiB of the file in memory, independent of its size. Not thread-safe.
 */
public final class QueueImport {
  private static final int BATCH_EVENTS = 8_000;
  private static final int BATCH_BYTES = 8 << 20;

  /** The number of bytes of a line that is too long in the report. */
  private static final int SHOWN_BYTES = 4 * 1024;

  private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

  private final EventStream stream;
  private final SpoolExits exits;
  private final Path file;
  private final @Nullable String source;
  private final int batchEvents;
  private final SpoolExits.Pause pause;
  private final Path progressFile;
  private final Path reportFile;
  private @Nullable Path spoolDirectory;
  private @Nullable Beginning beginning; // set when it is final

  /** Is notified of the progress, on the importing thread. */
  public interface Listener {
    /**
     * More lines are done; the progress is stored.
     *
     * @param counts the totals so far
     * @param offset the number of bytes of the file that are done
     * @param size the size of the file
     */
    void onProgress(ImportCounts counts, long offset, long size);

    /** Events were refused; they are published again until they are accepted. */
    void onRefused(Outcome.Refused refusal);

    /** All lines are done, and events of the import still wait in the spool. */
    default void onWaiting(long events) {}
  }

  /** A part of the file: an event, or something unreadable. */
  private static final class Item {
    final Line line;
    final int start; // in the line
    final int end;
    final long length;
    final @Nullable Event event;
    @Nullable String fault;
    @Nullable Rejection rejected; // null: it is no event

    Item(Line line, int start, int end, long length, @Nullable Event event) {
      this.line = line;
      this.start = start;
      this.end = end;
      this.length = length;
      this.event = event;
    }

    void failed(FailedEvent failed) {
      if (!(failed.outcome() instanceof Outcome.Rejected no)) {
        throw new IllegalStateException(
            "the import was interrupted by the end of its stream: " + failed.reason());
      }
      fault = no.reason();
      rejected = no.code();
    }
  }

  /** Continues the counts of earlier runs. */
  private static final class Tally {
    long events;
    long indexed;
    long duplicates;
    long spooled;
    long deadLettered;
    long dropped;
    long unreadable;
    final Map<String, Rejected> rejected;

    Tally(ImportCounts counts) {
      events = counts.events();
      indexed = counts.indexed();
      duplicates = counts.duplicates();
      spooled = counts.spooled();
      deadLettered = counts.deadLettered();
      dropped = counts.dropped();
      unreadable = counts.unreadable();
      rejected = new HashMap<>(counts.rejected());
    }

    ImportCounts counts(long lines) {
      return new ImportCounts(
          lines, events, indexed, duplicates, spooled, deadLettered, dropped, unreadable, rejected);
    }

    void add(PublishReport report) {
      events += report.events();
      indexed += report.indexed();
      duplicates += report.duplicates();
      spooled += report.spooled();
      deadLettered += report.deadLettered();
      dropped += report.dropped();
    }

    void reject(Rejection code, String reason) {
      rejected.merge(
          code.wireName(),
          new Rejected(1, reason),
          (earlier, one) -> new Rejected(earlier.events() + 1, earlier.example()));
    }
  }

  /**
   * Prepares an import; reads nothing yet.
   *
   * @param stream is not closed
   * @param exits a listener of the stream
   * @param source is part of the document ids, so that two files with the same beginning are
   *     distinguished; null: the file's name, or the source of the earlier run
   */
  public QueueImport(EventStream stream, SpoolExits exits, Path file, @Nullable String source) {
    this(stream, exits, file, source, BATCH_EVENTS, time -> Thread.sleep(time.toMillis()));
  }

  QueueImport(
      EventStream stream,
      SpoolExits exits,
      Path file,
      @Nullable String source,
      int batchEvents,
      SpoolExits.Pause pause) {
    this.stream = stream;
    this.exits = exits;
    this.file = file;
    this.source = source;
    this.batchEvents = batchEvents;
    this.pause = pause;
    this.progressFile = beside(".import");
    this.reportFile = beside(".unreadable");
  }

  /**
   * Notes in the directory of the spool which file has the source. So another file with the same
   * source is refused as long as the first one exists.
   */
  public QueueImport noting(Path directory) {
    spoolDirectory = directory;
    return this;
  }

  private Path beside(String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  /**
   * Imports what has not been imported yet, up to the end of the file. Refused events are published
   * again until they are accepted. Then waits until the events of the import have left the spool.
   *
   * @param maxWait for how long nothing may leave the spool before this stops waiting; zero: does
   *     not wait
   * @throws IOException if a file cannot be read or written, if another import of the file runs, or
   *     if the file differs from that of the earlier run; names the cause
   * @throws InterruptedException if the thread was interrupted; the next call continues
   */
  public ImportResult run(Listener listener, Duration maxWait)
      throws IOException, InterruptedException {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new IOException(file + " is not a readable file");
    }
    try (FileChannel channel =
            FileChannel.open(
                beside(".import.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = lock(channel)) {
      if (lock == null) {
        throw new IOException("another import of " + file + " is running; let it finish");
      }
      return runLocked(listener, maxWait);
    } catch (ClosedByInterruptException e) {
      Thread.interrupted(); // the exception replaces the flag
      InterruptedException interrupted = new InterruptedException();
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // this process holds it
    }
  }

  private ImportResult runLocked(Listener listener, Duration maxWait)
      throws IOException, InterruptedException {
    ImportProgress before = ImportProgress.read(progressFile);
    claim(before == null ? name() : before.source());
    if (before == null) {
      before = begin();
    } else {
      checkSame(before);
      Finished finished = before.finished();
      if (finished != null && finished.size() == Files.size(file)) {
        return new ImportResult(true, awaitSpooled(before, listener, maxWait), reportFile);
      }
    }
    byte[] link = HexFormat.of().parseHex(before.link());
    try (UnreadableReport report = UnreadableReport.open(reportFile, before.reportBytes());
        QueueLines lines =
            QueueLines.open(
                file, before.source(), before.offset(), before.counts().lines(), link)) {
      ImportProgress done = importLines(lines, report, before, listener);
      return new ImportResult(false, awaitSpooled(done, listener, maxWait), reportFile);
    }
  }

  /**
   * Waits until the events of the import have left the spool, and stores what became of them.
   *
   * @param done the progress at the end of the file, without what became of spooled events in this
   *     run
   */
  private ImportCounts awaitSpooled(ImportProgress done, Listener listener, Duration maxWait)
      throws IOException, InterruptedException {
    ImportProgress[] stored = {done};
    exits.await(
        stream,
        maxWait,
        () -> {
          ImportProgress now = done.settled(exits.of(QueueLines.idPrefix(done.source())));
          if (!now.equals(stored[0])) {
            now.write(progressFile);
            stored[0] = now;
          }
          return now.total().spooled();
        },
        listener::onWaiting,
        pause);
    return stored[0].total();
  }

  /** Stores that an import has begun, so that a later run recognises its report. */
  private ImportProgress begin() throws IOException {
    if (Files.exists(reportFile) && Files.size(reportFile) > 0) {
      throw new IOException(
          reportFile + " is from another import whose progress is missing; move it away");
    }
    try (QueueLines lines = QueueLines.open(file, name())) {
      ImportProgress progress = progress(name(), lines, ImportCounts.NONE, 0, null);
      progress.write(progressFile);
      return progress;
    }
  }

  private String name() {
    return source == null ? String.valueOf(file.getFileName()) : source;
  }

  private void claim(String name) throws IOException {
    if (spoolDirectory == null) {
      return;
    }
    Path note = spoolDirectory.resolve(QueueLines.idPrefix(name));
    String noted = Files.exists(note) ? Files.readString(note) : "";
    if (!noted.isEmpty()
        && Files.exists(Path.of(noted))
        && !Files.isSameFile(Path.of(noted), file)) {
      throw new IOException(
          noted
              + " was imported through the spool "
              + spoolDirectory
              + " with the source \""
              + name
              + "\", so "
              + file
              + " cannot have it; if one is a copy of the other, do not import it, otherwise give it"
              + " another source with --source NAME");
    }
    DurableFile.replace(note, file.toRealPath().toString().getBytes(UTF_8));
  }

  private void checkSame(ImportProgress before) throws IOException {
    if (source != null && !source.equals(before.source())) {
      throw new IOException(
          "the import of "
              + file
              + " was begun with the source \""
              + before.source()
              + "\", not \""
              + source
              + "\"; omit --source, or move "
              + progressFile
              + " away");
    }
    Finished finished = before.finished();
    long done = finished == null ? before.offset() : finished.size();
    if (Files.size(file) < done
        || !Beginning.of(file, before.beginning().bytes()).equals(before.beginning())) {
      throw new IOException(
          file
              + " is not the file to which "
              + progressFile
              + " belongs; if it is a new file, move "
              + progressFile
              + " and "
              + reportFile
              + " away");
    }
  }

  /** Returns the progress without what became of spooled events in this run. */
  private ImportProgress importLines(
      QueueLines lines, UnreadableReport report, ImportProgress before, Listener listener)
      throws IOException, InterruptedException {
    Tally tally = new Tally(before.counts());
    String idPrefix = QueueLines.idPrefix(before.source());
    long reported = before.reportBytes();
    Line last = null; // unterminated
    boolean more = true;
    while (more) {
      List<Item> batch = new ArrayList<>();
      long bytes = 0;
      while (more && batch.size() < batchEvents && bytes < BATCH_BYTES) {
        Line line = lines.next();
        more = line != null && line.terminated;
        if (line != null && line.terminated) {
          bytes += line.bytes.length;
          addItems(line, batch);
        } else {
          last = line;
        }
      }
      settle(batch, tally, report, listener);
      reported = report.sync();
      ImportCounts counts = tally.counts(lines.number());
      ImportProgress progress =
          progress(before.source(), lines, counts, reported, null).settled(exits.of(idPrefix));
      progress.write(progressFile);
      listener.onProgress(progress.counts(), lines.offset(), Files.size(file));
    }

    // A process may still write the last line. Its complete events are imported; if the file grows,
    // the next run begins with this line again.
    ImportCounts done = tally.counts(lines.number());
    ImportCounts all = done;
    long size = lines.offset();
    if (last != null) {
      List<Item> items = new ArrayList<>();
      addItems(last, items);
      settle(items, tally, report, listener);
      report.sync();
      all = tally.counts(last.number);
      size += last.length;
    }
    ImportProgress progress =
        progress(before.source(), lines, done, reported, new Finished(size, all));
    progress.settled(exits.of(idPrefix)).write(progressFile);
    return progress;
  }

  private ImportProgress progress(
      String name,
      QueueLines lines,
      ImportCounts counts,
      long reported,
      @Nullable Finished finished)
      throws IOException {
    Beginning first = beginning;
    if (first == null) {
      first = Beginning.of(file, finished == null ? lines.offset() : finished.size());
      beginning = first.isWhole() ? first : null;
    }
    return new ImportProgress(
        ImportProgress.FORMAT,
        name,
        lines.offset(),
        HexFormat.of().formatHex(lines.link()),
        counts,
        reported,
        first,
        finished);
  }

  private static void addItems(Line line, List<Item> items) {
    if (line.tooLong()) {
      Item item = new Item(line, 0, Math.min(SHOWN_BYTES, line.bytes.length), line.length, null);
      item.fault = "the line is longer than " + EventReader.MAX_EVENT_BYTES + " bytes";
      items.add(item);
      return;
    }
    for (LineEvents.Part part : LineEvents.split(line.bytes)) {
      int start = part.start();
      int end = part.end();
      if (part.read() instanceof Event event) {
        Event named = event.withDocumentId(line.documentId(start, end));
        items.add(new Item(line, start, end, end - start, named));
      } else {
        Item item = new Item(line, start, end, end - start, null);
        item.fault = ((BrokenEvent) part.read()).reason();
        items.add(item);
      }
    }
  }

  /** Publishes until every event is accepted or rejected, and reports rejected ones. */
  private void settle(List<Item> items, Tally tally, UnreadableReport report, Listener listener)
      throws IOException, InterruptedException {
    List<Item> open = items.stream().filter(item -> item.event != null).toList();
    tally.add(
        stream
            .waiting(FOREVER)
            .onWait(listener::onRefused)
            .onFailure(failed -> open.get((int) failed.position()).failed(failed))
            .publishEach(open.stream().map(item -> requireNonNull(item.event))));
    for (Item item : items) {
      String fault = item.fault;
      if (fault != null) {
        String kind = "unreadable";
        if (item.rejected == null) {
          tally.unreadable++;
        } else {
          kind = "rejected";
          tally.reject(item.rejected, fault);
        }
        Line line = item.line;
        long offset = line.offset + item.start;
        report.add(line.number, offset, item.length, kind, fault, line.bytes, item.start, item.end);
      }
    }
  }
}

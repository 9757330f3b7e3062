package dev.eventstream.internal.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.observe.StuckDestination;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The destinations that accept no documents while the cluster accepts others: an index whose shards
 * are not allocated, an alias without a write index, a pipeline that does not exist. Their
 * documents share no request with others, because a request waits for all of its destinations.
 *
 * <p>A destination is stuck when the sink reports it, or when {@link #UNCLEAR_DOCUMENTS} of its
 * documents failed, each alone in its request, and none was accepted in between. With a spool, the
 * destination is tested with copies of documents that wait there: writing a copy is harmless, and
 * the recovery is noticed without new traffic. Two copies are tried alternately, the first and the
 * newest, so that one document at fault does not keep its destination stuck.
 *
 * <p>A destination can accept some documents and not others: one of its shards is not allocated. It
 * then seems to recover with each trial. Until it has accepted documents for {@link #STABLE_NANOS},
 * the pauses between trials keep growing, and the log says nothing.
 *
 * <p>Thread-safe. Sends and calls back outside its lock.
 */
final class StuckDestinations {
  private static final Logger LOG = LoggerFactory.getLogger(StuckDestinations.class);

  /** How many documents must fail alone before their destination counts as the cause. */
  static final int UNCLEAR_DOCUMENTS = 3;

  /** Maximum number of concurrent trial requests, in addition to those that deliver. */
  static final int TRIALS = 2;

  /** Maximum number of tracked destinations; the documents of others wait for their time-out. */
  private static final int MAX_DESTINATIONS = 1_000;

  /** Maximum number of document IDs remembered per destination as having failed alone. */
  private static final int MAX_UNCLEAR = 100;

  /** Maximum total size of the copies. */
  private static final long MAX_SAMPLE_BYTES = 4L << 20;

  private static final long TRIAL_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long STABLE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long NO_ROOM_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** A destination with a failure. Guarded by the outer instance. */
  private static final class Entry {
    final String destination;
    final Set<String> unclear = new HashSet<>(); // IDs of documents that failed alone
    boolean stuck;
    boolean isRelapse;
    Instant since = Instant.EPOCH;
    long sinceNanos;
    String reason = "";
    @Nullable Document first; // copies of documents that wait in the spool
    @Nullable Document newest;
    boolean newestIsNext;
    boolean newestIsTried = true;
    int trials;

    Entry(String destination) {
      this.destination = destination;
    }
  }

  private final boolean tries;
  private final Function<DocumentBatch, CompletionStage<SinkResult>> sink;
  private final BooleanSupplier clusterTakes;
  private final Consumer<String> recovered;
  private final Backoff pauses;
  private final Timer timer;
  private final Clock clock;

  @GuardedBy("this") private final Map<String, Entry> entries = new HashMap<>();

  /** Destinations that were stuck until now, and may be again. */
  @GuardedBy("this") private final Map<String, Entry> recovering = new HashMap<>();

  @GuardedBy("this") private long sampleBytes;

  @GuardedBy("this") private int trialsRunning;

  private volatile boolean none = true; // whether there are no entries

  /**
   * Creates a registry for streams without a spool: destinations are tested by the next documents.
   */
  static StuckDestinations withoutTrials(Timer timer, Clock clock) {
    Backoff none = new Backoff(1, 1, () -> 0);
    return new StuckDestinations(
        false,
        documents -> new CompletableFuture<>(),
        () -> false,
        destination -> {},
        none,
        timer,
        clock);
  }

  /**
   * Creates an empty registry for documents that wait in a spool.
   *
   * @param sink writes the copies
   * @param clusterTakes whether a trial is useful now
   * @param recovered called when a destination accepts documents again
   * @param pauses the pauses between the trials of one destination
   */
  StuckDestinations(
      Function<DocumentBatch, CompletionStage<SinkResult>> sink,
      BooleanSupplier clusterTakes,
      Consumer<String> recovered,
      Backoff pauses,
      Timer timer,
      Clock clock) {
    this(true, sink, clusterTakes, recovered, pauses, timer, clock);
  }

  private StuckDestinations(
      boolean tries,
      Function<DocumentBatch, CompletionStage<SinkResult>> sink,
      BooleanSupplier clusterTakes,
      Consumer<String> recovered,
      Backoff pauses,
      Timer timer,
      Clock clock) {
    this.tries = tries;
    this.sink = sink;
    this.clusterTakes = clusterTakes;
    this.recovered = recovered;
    this.pauses = pauses;
    this.timer = timer;
    this.clock = clock;
  }

  /**
   * Returns whether nothing is known about any destination. This is the common case and costs one
   * read.
   */
  boolean none() {
    return none;
  }

  /** Returns how long a destination has been stuck; 0 if it is not. */
  synchronized long stuckNanos(String destination) {
    Entry entry = entries.get(destination);
    return entry == null || !entry.stuck ? 0 : timer.nanoTime() - entry.sinceNanos;
  }

  /** Returns the cluster's message for a stuck destination. */
  synchronized String reason(String destination) {
    Entry entry = entries.get(destination);
    return entry == null ? "" : entry.reason;
  }

  /** Returns the stuck destinations, the longest stuck first. */
  synchronized List<StuckDestination> stuck() {
    return entries.values().stream()
        .filter(entry -> entry.stuck)
        .map(entry -> new StuckDestination(entry.destination, entry.since, entry.reason))
        .sorted(Comparator.comparing(StuckDestination::since))
        .toList();
  }

  /**
   * Returns the ascending positions of the documents of a batch that are for stuck destinations.
   * Copies one of them if a copy is needed.
   */
  synchronized int[] positions(DocumentBatch documents) {
    int[] positions = new int[documents.size()];
    int count = 0;
    DocumentBatch.Cursor cursor = documents.cursor();
    for (int i = 0; cursor.next(); i++) {
      Entry entry = entries.get(cursor.destination());
      if (entry != null && entry.stuck) {
        positions[count++] = i;
        int position = i;
        offer(entry, cursor.id(), () -> documents.get(position));
      }
    }
    return Arrays.copyOf(positions, count);
  }

  /** Records that the sink reports a destination as accepting nothing. */
  void failed(String destination, String id, String reason, Supplier<Document> sample) {
    Entry opened;
    synchronized (this) {
      Entry entry = entry(destination);
      if (entry == null) {
        return;
      }
      entry.reason = reason;
      opened = open(entry, id, sample);
    }
    opened(opened);
  }

  /**
   * Records that a document failed alone in its request, for a reason that may be its own.
   *
   * @return whether it is the first one since the destination accepted a document
   */
  boolean unclear(String destination, String id, String reason, Supplier<Document> sample) {
    Entry opened;
    boolean first;
    synchronized (this) {
      Entry entry = entry(destination);
      if (entry == null) {
        return false;
      }
      first = entry.unclear.isEmpty();
      entry.reason = reason;
      if (entry.unclear.size() < MAX_UNCLEAR) {
        entry.unclear.add(id);
      }
      if (!entry.stuck && entry.unclear.size() < UNCLEAR_DOCUMENTS) {
        return first;
      }
      opened = open(entry, id, sample);
    }
    opened(opened);
    return first;
  }

  /** Records that a destination has processed a document: it was written, or is itself at fault. */
  void answered(String destination) {
    Entry entry;
    synchronized (this) {
      entry = remove(destination);
    }
    closed(entry);
  }

  /** Records that all destinations of a batch have accepted its documents. */
  void written(DocumentBatch documents) {
    String last = "";
    DocumentBatch.Cursor cursor = documents.cursor();
    while (cursor.next()) {
      String destination = cursor.destination();
      if (!destination.equals(last)) {
        answered(destination);
        last = destination;
      }
    }
  }

  @GuardedBy("this") private @Nullable Entry entry(String destination) {
    if (entries.size() >= MAX_DESTINATIONS && !entries.containsKey(destination)) {
      // Destinations that are only suspected are evicted.
      entries.values().removeIf(entry -> !entry.stuck);
      if (entries.size() >= MAX_DESTINATIONS) {
        return null;
      }
    }
    none = false;
    return entries.computeIfAbsent(destination, Entry::new);
  }

  /** Returns the entry if it was not stuck before, otherwise null. */
  @GuardedBy("this") private @Nullable Entry open(Entry entry, String id, Supplier<Document> sample) {
    offer(entry, id, sample);
    if (entry.stuck) {
      return null;
    }
    entry.stuck = true;
    Entry before = recovering.remove(entry.destination);
    entry.isRelapse = before != null;
    entry.since = before == null ? clock.instant() : before.since;
    entry.sinceNanos = before == null ? timer.nanoTime() : before.sinceNanos;
    entry.trials = before == null ? 0 : before.trials + 1;
    return entry;
  }

  private void opened(@Nullable Entry entry) {
    if (entry == null) {
      return;
    }
    if (!entry.isRelapse) {
      LOG.warn(
          tries
              ? "Documents for {} go to the spool until it accepts them again: {}"
              : "Documents for {} cannot be written now: {}",
          entry.destination,
          entry.reason);
    }
    if (tries) {
      timer.schedule(() -> tryAgain(entry), pauses.nanos(entry.trials));
    }
  }

  @GuardedBy("this") private @Nullable Entry remove(String destination) {
    Entry entry = entries.remove(destination);
    if (entry != null) {
      sampleBytes -= sizeOf(entry.first) + sizeOf(entry.newest);
      none = entries.isEmpty();
      if (entry.stuck && recovering.size() < MAX_DESTINATIONS) {
        recovering.put(destination, entry);
      }
    }
    return entry;
  }

  private void closed(@Nullable Entry entry) {
    if (entry == null || !entry.stuck) {
      return;
    }
    long seconds = TimeUnit.NANOSECONDS.toSeconds(timer.nanoTime() - entry.sinceNanos);
    timer.schedule(() -> stable(entry, seconds), STABLE_NANOS);
    recovered.accept(entry.destination);
  }

  private void stable(Entry entry, long seconds) {
    synchronized (this) {
      if (!recovering.remove(entry.destination, entry)) {
        return; // it was stuck again
      }
    }
    LOG.info("{} accepts documents again, after {} s", entry.destination, seconds);
  }

  /** Copies a document if a copy is needed and the document has not failed before. */
  @GuardedBy("this") private void offer(Entry entry, String id, Supplier<Document> sample) {
    Document first = entry.first;
    Document newest = entry.newest;
    boolean known = entry.unclear.contains(id) && first != null;
    if (!tries || known || isOf(first, id) || isOf(newest, id)) {
      return;
    }
    boolean replacesFirst = first == null || entry.unclear.contains(first.id());
    if (!replacesFirst && !entry.newestIsTried) {
      return;
    }
    Document document = sample.get();
    long freed = sizeOf(replacesFirst ? first : newest);
    long wanted = sizeOf(document) - freed;
    if (sampleBytes + wanted > MAX_SAMPLE_BYTES) {
      return;
    }
    sampleBytes += wanted;
    if (replacesFirst) {
      entry.first = document;
    } else {
      entry.newest = document;
      entry.newestIsTried = false;
    }
  }

  private static boolean isOf(@Nullable Document document, String id) {
    return document != null && document.id().equals(id);
  }

  private static long sizeOf(@Nullable Document document) {
    return document == null ? 0 : document.source().length;
  }

  private void tryAgain(Entry entry) {
    Document sample;
    synchronized (this) {
      if (entries.get(entry.destination) != entry) {
        return;
      }
      if (trialsRunning >= TRIALS || !clusterTakes.getAsBoolean()) {
        timer.schedule(() -> tryAgain(entry), NO_ROOM_PAUSE_NANOS);
        return;
      }
      sample = entry.first;
      if (entry.newestIsNext) {
        if (entry.newestIsTried) { // no other document: those that failed are tried again
          entry.unclear.clear();
        }
        sample = entry.newest == null ? sample : entry.newest;
        entry.newestIsTried = true;
      }
      entry.newestIsNext = !entry.newestIsNext;
      if (sample == null) { // no room for copies: the next documents test the destination
        remove(entry.destination);
      } else {
        trialsRunning++;
      }
    }
    if (sample == null) {
      recovered.accept(entry.destination);
      return;
    }
    Document tried = sample;
    DocumentBatch alone = DocumentBatch.of(tried);
    AtomicBoolean over = new AtomicBoolean();
    timer.schedule(() -> tried(entry, tried, null, over), TRIAL_TIMEOUT_NANOS);
    var unused =
        Stages.of(() -> sink.apply(alone))
            .whenComplete(
                (result, failure) ->
                    tried(entry, tried, result == null ? null : result.get(0), over));
  }

  private void tried(
      Entry entry, Document sample, @Nullable ItemResult result, AtomicBoolean over) {
    if (!over.compareAndSet(false, true)) {
      return;
    }
    Entry closed = null;
    synchronized (this) {
      trialsRunning--;
      if (entries.get(entry.destination) != entry) {
        return;
      }
      if (result != null && isJudged(result)) {
        closed = remove(entry.destination);
      } else {
        if (result instanceof ItemResult.Failed failed && isOfDestination(failed)) {
          entry.reason = failed.reason();
        } else if (entry.unclear.size() < MAX_UNCLEAR) { // the document itself may be at fault
          entry.unclear.add(sample.id());
        }
        entry.trials++;
        timer.schedule(() -> tryAgain(entry), pauses.nanos(entry.trials));
      }
    }
    closed(closed);
  }

  /** Returns whether the destination has processed the document, even if it rejected it. */
  private static boolean isJudged(ItemResult result) {
    if (!(result instanceof ItemResult.Failed failed)) {
      return true;
    }
    return switch (failed.failureClass()) {
      case NEVER, TOO_LARGE -> true;
      case RETRY, UNAVAILABLE, UNCLEAR, BLOCKED -> false;
    };
  }

  /** Returns whether a failure of a single document is a failure of its destination. */
  static boolean isOfDestination(ItemResult.Failed failed) {
    return failed.failureClass() == FailureClass.UNAVAILABLE
        || failed.failureClass() == FailureClass.BLOCKED;
  }
}

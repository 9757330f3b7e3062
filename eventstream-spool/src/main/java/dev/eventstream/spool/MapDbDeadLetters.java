package dev.eventstream.spool;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spool.DeadLetterIndex.Place;
import dev.eventstream.spool.log.Damage;
import dev.eventstream.spool.log.NoRoomException;
import dev.eventstream.spool.log.SegmentStore;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dead letters on disk, see {@link DeadLetterLog}.
 *
 * <p>Thread-safe. The lock is held for one read, one write or one step of a compaction at a time,
 * so that {@link #add} never waits for a long list or a whole compaction.
 */
final class MapDbDeadLetters implements DeadLetters {
  private static final Logger LOG = LoggerFactory.getLogger(MapDbDeadLetters.class);
  private static final int MAX_LETTERS = 100_000; // bounds the memory of the index
  private static final JsonFactory JSON = new JsonFactory();

  private final SegmentStore store;
  private final Clock clock;
  private final Runnable compactSoon;
  private final ExecutorService executor;

  private final DeadLetterCompaction compaction;
  private final ReentrantLock lock = new ReentrantLock(true); // fair: a compaction lets others in

  @GuardedBy("lock") private final DeadLetterLog log;

  @GuardedBy("lock") private boolean closed;

  private final DeadLetterIndex index; // for its size, which needs no lock

  /**
   * Opens the dead letters of a directory.
   *
   * @param compactSoon requests a call of {@link #compact} on another thread
   */
  MapDbDeadLetters(SegmentStore store, Damage damage, Clock clock, Runnable compactSoon)
      throws IOException {
    this.store = store;
    this.clock = clock;
    this.compactSoon = compactSoon;
    this.log = new DeadLetterLog(store, damage);
    this.index = log.index();
    this.compaction = new DeadLetterCompaction(log, lock);
    this.executor = executor();
    compactIfSparse();
  }

  private static ExecutorService executor() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "eventstream-dead-letters");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  // Adding

  @Override
  public CompletionStage<Void> add(List<DeadLetter> letters) {
    List<DeadLetter> copy = List.copyOf(letters);
    try {
      return CompletableFuture.runAsync(
          () -> {
            try {
              addNow(copy);
            } catch (IOException e) {
              throw new DeadLettersUnavailableException(
                  "the dead letters cannot be kept: " + e.getMessage(), e);
            }
          },
          executor);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(
          new DeadLettersUnavailableException("the dead letters are closed", e));
    }
  }

  private void addNow(List<DeadLetter> letters) throws IOException {
    try {
      write(letters);
    } catch (NoRoomException e) {
      LOG.debug("There may be room after a compaction", e); // by this thread or another one
      compact();
      write(letters);
    }
  }

  private void write(List<DeadLetter> letters) throws IOException {
    lock.lock();
    try {
      Map<String, DeadLetter> unique = new LinkedHashMap<>();
      int more = 0;
      for (DeadLetter letter : letters) {
        String key = DeadLetterFormat.key(letter);
        if (unique.put(key, withFirstAttempt(key, letter)) == null && !log.index().contains(key)) {
          more++;
        }
      }
      int size = log.index().size();
      if (size + more > MAX_LETTERS) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "there are %,d of the %,d that there may be; purge them or try them again",
                size,
                MAX_LETTERS));
      }
      log.write(unique.values(), false);
    } finally {
      lock.unlock();
    }
  }

  /** A letter that replaces another one keeps the time of its first attempt. */
  @GuardedBy("lock") private DeadLetter withFirstAttempt(String key, DeadLetter letter) throws IOException {
    Place place = log.index().get(key);
    DeadLetter earlier = place == null ? null : log.read(place);
    return earlier == null
        ? letter
        : new DeadLetter(
            letter.document(), letter.reason(), earlier.firstAttempt(), letter.lastAttempt());
  }

  // Reading

  @Override
  public void forEach(Predicate<? super DeadLetter> filter, Consumer<? super DeadLetter> consumer)
      throws IOException {
    List<Place> places;
    lock.lock();
    try {
      checkOpen();
      places = log.index().places();
    } finally {
      lock.unlock();
    }
    places.sort(DeadLetterIndex.OLDEST_FIRST);
    for (Place listed : places) {
      DeadLetter letter;
      lock.lock();
      try {
        checkOpen();
        Place place = log.index().get(listed.key()); // it may have moved since
        letter = place == null ? null : log.read(place);
      } finally {
        lock.unlock();
      }
      if (letter != null && filter.test(letter)) {
        consumer.accept(letter);
      }
    }
  }

  @Override
  public long export(Predicate<? super DeadLetter> filter, OutputStream out) throws IOException {
    long[] exported = new long[1];
    JsonGenerator json =
        JSON.createGenerator(out).configure(JsonGenerator.Feature.AUTO_CLOSE_TARGET, false);
    json.setRootValueSeparator(null);
    try {
      forEach(
          filter,
          letter -> {
            try {
              DeadLetterFormat.writeLine(letter, json);
              exported[0]++;
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    json.close();
    return exported[0];
  }

  @Override
  public long count() {
    return index.size();
  }

  @Override
  public long diskBytes() {
    return store.diskBytes();
  }

  // Removing

  @Override
  public long purge(Predicate<? super DeadLetter> filter) throws IOException {
    Map<String, Long> attempts = new LinkedHashMap<>();
    forEach(filter, letter -> note(letter, attempts));
    return removeUnlessReplaced(attempts);
  }

  @Override
  public void remove(List<DeadLetter> letters) throws IOException {
    Map<String, Long> attempts = new LinkedHashMap<>();
    letters.forEach(letter -> note(letter, attempts));
    removeUnlessReplaced(attempts);
  }

  private static void note(DeadLetter letter, Map<String, Long> attempts) {
    attempts.put(DeadLetterFormat.key(letter), letter.lastAttempt().toEpochMilli());
  }

  /** A letter that was added again since has a later last attempt, and stays. */
  private long removeUnlessReplaced(Map<String, Long> attempts) throws IOException {
    List<String> present = new ArrayList<>();
    lock.lock();
    try {
      checkOpen();
      for (Map.Entry<String, Long> attempt : attempts.entrySet()) {
        Place place = log.index().get(attempt.getKey());
        if (place != null && place.lastAttempt() <= attempt.getValue()) {
          present.add(attempt.getKey());
        }
      }
      log.remove(present, clock.millis());
    } finally {
      lock.unlock();
    }
    compactSoon.run();
    return present.size();
  }

  // Compacting

  /** Frees the space of letters that are gone, see {@link DeadLetterCompaction}. */
  void compact() throws IOException {
    compaction.run();
  }

  private void compactIfSparse() {
    try {
      if (isSparse()) {
        compaction.run();
      }
    } catch (IOException e) {
      LOG.warn("The dead letters take more room than they need", e);
    }
  }

  private boolean isSparse() {
    lock.lock();
    try {
      return log.isSparse();
    } finally {
      lock.unlock();
    }
  }

  // Opening and closing

  /** Takes over the segments of another directory on the same volume. */
  void adopt(List<Path> orphaned) throws IOException {
    lock.lock();
    try {
      log.adopt(orphaned);
    } finally {
      lock.unlock();
    }
    compactIfSparse();
  }

  /** The directory may belong to another process afterwards. */
  @GuardedBy("lock") private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException("the dead letters are closed");
    }
  }

  void close() {
    executor.shutdown();
    Threads.join(executor);
    lock.lock();
    try {
      closed = true;
      log.close();
    } catch (IOException e) {
      LOG.warn("The last segment of dead letters was not sealed; the next start reads it", e);
    } finally {
      lock.unlock();
    }
    store.close();
  }
}

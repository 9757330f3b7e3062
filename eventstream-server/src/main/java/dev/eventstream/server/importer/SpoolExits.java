package dev.eventstream.server.importer;

import dev.eventstream.EventStream;
import dev.eventstream.observe.Backlog;
import dev.eventstream.observe.SpoolExit;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.DocumentBatch;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts what becomes of the documents of files in the spool. The spool can also hold documents of
 * others: the id of a document tells whether it is from a file, and its first {@link
 * #PREFIX_LENGTH} characters from which. Thread-safe.
 */
public final class SpoolExits implements StreamListener {
  /** The beginning of the ids of a queue file's documents. */
  static final String QUEUE = "queue-";

  /** The beginning of the ids of a published file's documents. */
  public static final String PUBLISHED = "files-";

  /** The length of the beginning that is common to all documents of a file. */
  public static final int PREFIX_LENGTH = QUEUE.length() + 8;

  private static final int ID_LENGTH = QUEUE.length() + 32;
  private static final Duration POLL = Duration.ofMillis(200);

  private final Map<String, Totals> bySource = new ConcurrentHashMap<>();
  private final AtomicLong all = new AtomicLong();

  /** How many documents of a file wait in the spool. */
  @FunctionalInterface
  public interface Waiting {
    /** Counts them anew. */
    long count() throws IOException;
  }

  /** Waits. */
  @FunctionalInterface
  interface Pause {
    void await(Duration time) throws InterruptedException;
  }

  /** The documents of one file that have left the spool. */
  public record Totals(long indexed, long duplicates, long dropped, long deadLettered) {
    static final Totals NONE = new Totals(0, 0, 0, 0);

    /**
     * Returns the totals of at most this many documents. More can have left the spool than were
     * counted as spooled, because a batch that was interrupted is spooled again.
     */
    public Totals upTo(long documents) {
      long open = documents;
      long letters = Math.min(open, deadLettered);
      open -= letters;
      long written = Math.min(open, indexed);
      open -= written;
      long again = Math.min(open, duplicates);
      open -= again;
      return new Totals(written, again, Math.min(open, dropped), letters);
    }

    /** The number of documents. */
    public long all() {
      return indexed + duplicates + dropped + deadLettered;
    }

    private Totals plus(SpoolExit exit) {
      return switch (exit) {
        case INDEXED -> new Totals(indexed + 1, duplicates, dropped, deadLettered);
        case DUPLICATE -> new Totals(indexed, duplicates + 1, dropped, deadLettered);
        case DROPPED -> new Totals(indexed, duplicates, dropped + 1, deadLettered);
        case DEAD_LETTERED -> new Totals(indexed, duplicates, dropped, deadLettered + 1);
      };
    }
  }

  @Override
  public void left(DocumentBatch documents, IntFunction<@Nullable SpoolExit> exits) {
    DocumentBatch.Cursor cursor = documents.cursor();
    for (int i = 0; cursor.next(); i++) {
      SpoolExit exit = exits.apply(i);
      if (exit == null) {
        continue;
      }
      all.incrementAndGet();
      String id = cursor.id();
      if (id.length() == ID_LENGTH && (id.startsWith(QUEUE) || id.startsWith(PUBLISHED))) {
        bySource.merge(
            id.substring(0, PREFIX_LENGTH),
            Totals.NONE.plus(exit),
            (totals, unused) -> totals.plus(exit));
      }
    }
  }

  /**
   * Waits until no document of a file is in the spool.
   *
   * @param stream has this as a listener
   * @param maxWait for how long nothing may leave the spool before this stops waiting; zero: counts
   *     once
   * @param listener is told the count before each pause
   */
  public void await(EventStream stream, Duration maxWait, Waiting waiting, LongConsumer listener)
      throws IOException, InterruptedException {
    await(stream, maxWait, waiting, listener, time -> Thread.sleep(time.toMillis()));
  }

  void await(
      EventStream stream, Duration maxWait, Waiting waiting, LongConsumer listener, Pause pause)
      throws IOException, InterruptedException {
    long left = -1;
    Duration idle = Duration.ZERO;
    while (true) {
      long leftNow = all.get();
      Backlog backlog = stream.state().backlog(); // before the count, so that none is missed
      boolean isEmpty = backlog == null || backlog.spool().documents() == 0;
      long count = waiting.count();
      idle = leftNow == left ? idle.plus(POLL) : Duration.ZERO;
      left = leftNow;
      if (count == 0 || isEmpty || idle.compareTo(maxWait) >= 0) {
        return;
      }
      listener.accept(count);
      pause.await(POLL);
    }
  }

  /** Returns what became of the documents whose ids begin with a prefix. */
  public Totals of(String idPrefix) {
    return bySource.getOrDefault(idPrefix, Totals.NONE);
  }
}

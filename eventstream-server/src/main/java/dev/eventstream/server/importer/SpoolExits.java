package dev.eventstream.server.importer;

import dev.eventstream.observe.SpoolExit;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.DocumentBatch;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Counts what becomes of the documents of imports in the spool. The spool can also hold documents
 * of others: the id of a document tells whether it belongs to an import, and to which source
 * ({@link QueueLines#idPrefix}). Thread-safe.
 */
public final class SpoolExits implements StreamListener {
  private final Map<String, Totals> bySource = new ConcurrentHashMap<>();
  private final AtomicLong all = new AtomicLong();

  /** The documents of one source that have left the spool. */
  record Totals(long indexed, long duplicates, long dropped, long deadLettered) {
    static final Totals NONE = new Totals(0, 0, 0, 0);

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
      if (QueueLines.isId(id)) {
        bySource.merge(
            id.substring(0, QueueLines.PREFIX_LENGTH),
            Totals.NONE.plus(exit),
            (totals, unused) -> totals.plus(exit));
      }
    }
  }

  /** Returns how many documents have left the spool, those of others included. */
  long all() {
    return all.get();
  }

  /** Returns what became of the documents whose ids begin with a prefix. */
  Totals of(String idPrefix) {
    return bySource.getOrDefault(idPrefix, Totals.NONE);
  }
}

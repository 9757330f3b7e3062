package dev.eventstream.spool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spool.log.Progress;
import dev.eventstream.spool.log.Segment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What waits in the segments of the queue, in memory: for each segment which records may be read,
 * which one is next, and which portions are taken but not removed. Never touches the disk.
 * Thread-safe.
 */
final class Backlog {
  /** The records to be read next. */
  record Range(Segment segment, int from, int limit) {}

  /** Documents that were taken and are not removed yet. */
  static final class Portion {
    private final Segment segment;
    private final int firstRecord;
    private final DocumentBatch documents;
    private final long oldest;

    Portion(Segment segment, int firstRecord, DocumentBatch documents, long oldest) {
      this.segment = segment;
      this.firstRecord = firstRecord;
      this.documents = documents;
      this.oldest = oldest;
    }

    DocumentBatch documents() {
      return documents;
    }

    /** When the oldest of the documents was accepted, milliseconds since 1970. */
    long oldest() {
      return oldest;
    }
  }

  /** What waits in all segments. */
  record Totals(long documents, long bytes, @Nullable Instant oldest) {}

  /** The state of one segment; guarded by the backlog. */
  private static final class Cursor {
    final Segment segment;
    final boolean earlier; // written by an earlier process
    final long order; // among these, or among those of this process
    boolean written; // by this process, still
    int limit; // how many records may be read
    int next; // the record to be read next
    long documents; // that are not removed yet
    long bytes; // of these
    long nextOldest = Long.MAX_VALUE; // of those that are not taken yet, approximately
    boolean unreadable; // the file cannot be opened at present
    int notedDrained;
    boolean changed; // documents were removed since progress was noted
    boolean noteSoon; // documents have moved to the end: the files show them twice until noted
    final List<Portion> outstanding = new ArrayList<>();

    Cursor(Segment segment, boolean earlier, long order) {
      this.segment = segment;
      this.earlier = earlier;
      this.order = order;
    }

    boolean hasNext() {
      return next < limit && !unreadable;
    }

    boolean isDrained() {
      return !written && next >= limit && outstanding.isEmpty();
    }

    long oldest() {
      long oldest = next < limit ? nextOldest : Long.MAX_VALUE;
      for (Portion portion : outstanding) {
        oldest = Math.min(oldest, portion.oldest);
      }
      return oldest;
    }

    /** How many records, from the first on, are removed. */
    int drained() {
      return outstanding.stream().mapToInt(portion -> portion.firstRecord).min().orElse(next);
    }

    /** What is damaged is read again after a restart, so that the damage is found again. */
    boolean isToBeNoted() {
      return !segment.isDamaged() && (changed || drained() > notedDrained);
    }
  }

  /**
   * The order of reading: what earlier processes wrote, the oldest documents first, and then what
   * this one writes, in the order of writing. By age, documents that moved to the end would come
   * before those that were accepted after them, again and again.
   */
  private static final Comparator<Cursor> READING_ORDER =
      Comparator.comparing((Cursor cursor) -> !cursor.earlier)
          .thenComparingLong(cursor -> cursor.order);

  @GuardedBy("this") private final Map<Segment, Cursor> cursors = new LinkedHashMap<>();

  @GuardedBy("this") private long opened; // number of segments of this process

  /** Adds a segment of an earlier process. */
  synchronized void add(
      Segment segment, int limit, int drained, long documents, long bytes, long oldest) {
    Cursor cursor = new Cursor(segment, true, oldest);
    cursor.limit = limit;
    cursor.next = drained;
    cursor.notedDrained = drained;
    cursor.documents = documents;
    cursor.bytes = bytes;
    cursor.nextOldest = oldest;
    cursors.put(segment, cursor);
  }

  /** Adds a segment that this process writes. */
  synchronized void opened(Segment segment) {
    Cursor cursor = new Cursor(segment, false, opened++);
    cursor.written = true;
    cursors.put(segment, cursor);
  }

  /** Counts documents that were committed to a segment. */
  synchronized void committed(Segment segment, long documents, long bytes, long oldest) {
    Cursor cursor = cursors.get(segment);
    if (cursor == null) {
      return;
    }
    cursor.limit = segment.committed();
    if (cursor.documents == 0) {
      cursor.nextOldest = oldest;
    }
    cursor.documents += documents;
    cursor.bytes += bytes;
  }

  /** Notes that a segment is not written any more. */
  synchronized void ended(Segment segment, int committed) {
    Cursor cursor = cursors.get(segment);
    if (cursor != null) {
      cursor.limit = committed;
      cursor.written = false;
    }
  }

  /** The records to be read next; null: none. */
  synchronized @Nullable Range next() {
    return cursors.values().stream()
        .filter(Cursor::hasNext)
        .min(READING_ORDER)
        .map(cursor -> new Range(cursor.segment, cursor.next, cursor.limit))
        .orElse(null);
  }

  /** Notes that the records before an index were read. */
  synchronized void taken(Segment segment, int next, @Nullable Portion portion) {
    Cursor cursor = cursors.get(segment);
    if (cursor != null) {
      cursor.next = next;
      if (portion != null) {
        cursor.outstanding.add(portion);
      }
    }
  }

  /**
   * Removes a portion; once.
   *
   * @param moved whether documents of it were written again at the end
   * @return whether there is something to be done on disk
   */
  synchronized boolean remove(Portion portion, boolean moved) {
    Cursor cursor = cursors.get(portion.segment);
    if (cursor == null || !cursor.outstanding.remove(portion)) {
      return false;
    }
    cursor.documents -= portion.documents.size();
    cursor.bytes -= portion.documents.byteSize();
    cursor.nextOldest = Math.max(cursor.nextOldest, portion.oldest); // none can be older now
    cursor.changed = true;
    cursor.noteSoon |= moved;
    return moved || cursor.isDrained();
  }

  /** The segments of which everything is removed. */
  synchronized List<Segment> drained() {
    return segments(Cursor::isDrained);
  }

  synchronized boolean isDrained(Segment segment) {
    Cursor cursor = cursors.get(segment);
    return cursor != null && cursor.isDrained();
  }

  /** Forgets a segment whose file is gone. */
  synchronized void forget(Segment segment) {
    cursors.remove(segment);
  }

  /**
   * The segments whose progress is to be noted.
   *
   * @param moved only those from which documents have moved
   */
  synchronized List<Segment> changed(boolean moved) {
    return segments(cursor -> cursor.isToBeNoted() && (!moved || cursor.noteSoon));
  }

  /** The progress of a segment, which counts as noted now; null when there is nothing to note. */
  synchronized @Nullable Progress noteProgress(Segment segment) {
    Cursor cursor = cursors.get(segment);
    if (cursor == null || segment.isDamaged()) {
      return null;
    }
    cursor.notedDrained = cursor.drained();
    cursor.changed = false;
    cursor.noteSoon = false;
    return new Progress(
        cursor.notedDrained, cursor.limit, (int) cursor.documents, cursor.bytes, cursor.oldest());
  }

  /** Passes over a segment until {@link #retryUnreadable}. */
  synchronized void unreadable(Segment segment) {
    Cursor cursor = cursors.get(segment);
    if (cursor != null) {
      cursor.unreadable = true;
    }
  }

  /** Lets segments that could not be opened be tried again; false when there are none. */
  synchronized boolean retryUnreadable() {
    boolean any = false;
    for (Cursor cursor : cursors.values()) {
      any |= cursor.unreadable;
      cursor.unreadable = false;
    }
    return any;
  }

  synchronized List<Segment> all() {
    return List.copyOf(cursors.keySet());
  }

  synchronized Totals totals() {
    long documents = 0;
    long bytes = 0;
    long oldest = Long.MAX_VALUE;
    for (Cursor cursor : cursors.values()) {
      documents += cursor.documents;
      bytes += cursor.bytes;
      oldest = cursor.documents > 0 ? Math.min(oldest, cursor.oldest()) : oldest;
    }
    return new Totals(
        documents, bytes, oldest == Long.MAX_VALUE ? null : Instant.ofEpochMilli(oldest));
  }

  @GuardedBy("this") private List<Segment> segments(Predicate<Cursor> filter) {
    return cursors.values().stream().filter(filter).map(cursor -> cursor.segment).toList();
  }
}

package dev.eventstream.server.admin;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.observe.PublishedEvent;
import dev.eventstream.observe.SpoolExit;
import dev.eventstream.spi.DocumentBatch;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Shows events to viewers while they pass. Without viewers it costs a look at an empty list per
 * batch. It never waits: of each batch it looks at the first hundred events, and at others as long
 * as this takes less than a millisecond, and a viewer whose buffer is full misses events. Both are
 * counted for the viewer. Thread-safe.
 */
final class Tail {
  static final int MAX_VIEWERS = 16;

  /** Events that wait for one viewer. */
  static final int BUFFER = 1_000;

  /**
   * Events of a batch that are looked at, however long it takes, as on a JVM that has just begun.
   */
  private static final int LOOKED_AT = 100;

  private static final long MAX_NANOS = Duration.ofMillis(1).toNanos();

  private final List<Viewer> viewers = new CopyOnWriteArrayList<>();

  /** Gets the events for one viewer. Thread-safe, and does not wait. */
  interface Viewer {
    /** Whether there is room for an event. */
    boolean hasRoom();

    /**
     * Shows an event, if it passes the viewer's filter; counts it as missed if there is no room.
     */
    void show(TailEvent event);

    /** Counts events that were not looked at. */
    void missed(long events);

    /** Is called after each batch. */
    void batchEnded();
  }

  @GuardedBy("this") private int places = MAX_VIEWERS;

  /** Adds a viewer; false: there are too many. */
  synchronized boolean add(Viewer viewer) {
    if (places == 0) {
      return false;
    }
    places--;
    return viewers.add(viewer);
  }

  synchronized void remove(Viewer viewer) {
    if (viewers.remove(viewer)) {
      places++;
    }
  }

  int viewers() {
    return viewers.size();
  }

  void published(int events, IntFunction<PublishedEvent> event) {
    if (!viewers.isEmpty()) {
      Instant now = Instant.now();
      show(events, i -> TailEvent.of(event.apply(i), now));
    }
  }

  void left(DocumentBatch documents, IntFunction<@Nullable SpoolExit> exits) {
    if (!viewers.isEmpty()) {
      Instant now = Instant.now();
      DocumentBatch.Cursor cursor = documents.cursor();
      show(
          documents.size(),
          i -> {
            SpoolExit exit = exits.apply(i);
            if (exit == null) {
              return null;
            }
            cursor.moveTo(i);
            return TailEvent.of(cursor, exit, now);
          });
    }
  }

  private void show(int events, IntFunction<@Nullable TailEvent> event) {
    long begin = System.nanoTime();
    for (int i = 0; i < events; i++) {
      boolean tooLong = i >= LOOKED_AT && System.nanoTime() - begin > MAX_NANOS;
      if (tooLong || noneHasRoom()) {
        int rest = events - i;
        viewers.forEach(viewer -> viewer.missed(rest));
        break;
      }
      TailEvent shown = event.apply(i);
      if (shown != null) {
        viewers.forEach(viewer -> viewer.show(shown));
      }
    }
    viewers.forEach(Viewer::batchEnded);
  }

  private boolean noneHasRoom() {
    for (Viewer viewer : viewers) {
      if (viewer.hasRoom()) {
        return false;
      }
    }
    return true;
  }
}

package dev.eventstream.spool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spool.DeadLetterIndex.Place;
import dev.eventstream.spool.DeadLetterIndex.Section;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Frees the space of removed dead letters: while half of the letters or of the space is unused, it
 * writes the rest of the oldest segment anew and deletes the segment. Works in steps, and holds the
 * lock of the dead letters for one step at a time. Thread-safe.
 */
final class DeadLetterCompaction {
  private static final int STEP_BYTES = 1 << 20;

  private final ReentrantLock lock;

  @GuardedBy("lock") private final DeadLetterLog log;

  DeadLetterCompaction(DeadLetterLog log, ReentrantLock lock) {
    this.log = log;
    this.lock = lock;
  }

  /** Compacts, each segment at most once. */
  synchronized void run() throws IOException {
    int left = segments();
    while (left > 0 && compactOldest()) {
      left--;
    }
  }

  private int segments() {
    lock.lock();
    try {
      return log.index().sections().size();
    } finally {
      lock.unlock();
    }
  }

  private boolean compactOldest() throws IOException {
    Section oldest;
    List<Place> rest;
    lock.lock();
    try {
      oldest = log.compactable();
      if (oldest == null) {
        return false;
      }
      rest = log.index().places(oldest);
    } finally {
      lock.unlock();
    }
    rest.sort(DeadLetterIndex.OLDEST_FIRST);
    int at = 0;
    while (at < rest.size()) {
      at = move(rest, at);
    }
    delete(oldest);
    return true;
  }

  /** Writes some letters anew; returns the position of the first one that is left. */
  private int move(List<Place> rest, int from) throws IOException {
    lock.lock();
    try {
      List<DeadLetter> letters = new ArrayList<>();
      int bytes = 0;
      int at = from;
      while (at < rest.size() && bytes < STEP_BYTES) {
        Place place = rest.get(at++);
        if (!place.equals(log.index().get(place.key()))) {
          continue; // removed or replaced since
        }
        DeadLetter letter = log.read(place);
        if (letter == null) {
          log.index().remove(place.key()); // the damaged file is kept
        } else {
          letters.add(letter);
          bytes += letter.document().source().length;
        }
      }
      if (!letters.isEmpty()) {
        log.write(letters, true);
      }
      return at;
    } finally {
      lock.unlock();
    }
  }

  private void delete(Section section) throws IOException {
    lock.lock();
    try {
      log.delete(section);
    } finally {
      lock.unlock();
    }
  }
}

package dev.eventstream.internal.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.spi.DocumentBatch;
import java.time.Instant;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The documents of one publish call and their fates. A document is settled once; later results, for
 * example an answer after the deadline, are ignored. Thread-safe.
 */
public final class Publication {
  private final DocumentBatch documents;
  private final long acceptedAt; // nanoseconds of the timer
  private final Instant acceptedTime;
  private final @Nullable Object origin;
  private final CompletableFuture<List<Fate>> done = new CompletableFuture<>();

  @GuardedBy("this") private @Nullable Fate @Nullable [] fates; // null until some are settled

  @GuardedBy("this") private int open;

  @GuardedBy("this") private boolean writtenAtOnce;

  private volatile boolean answered;

  @GuardedBy("this") private @Nullable BitSet taken; // handed out by takeOpen

  /**
   * Creates a publication.
   *
   * @param acceptedAt the time of acceptance in nanoseconds of the timer
   * @param acceptedTime the same time as wall-clock time
   */
  public Publication(DocumentBatch documents, long acceptedAt, Instant acceptedTime) {
    this(documents, acceptedAt, acceptedTime, null);
  }

  /**
   * Creates a publication.
   *
   * @param acceptedAt the time of acceptance in nanoseconds of the timer
   * @param acceptedTime the same time as wall-clock time
   * @param origin passed to later notifications of the listener
   */
  public Publication(
      DocumentBatch documents, long acceptedAt, Instant acceptedTime, @Nullable Object origin) {
    this.documents = documents;
    this.acceptedAt = acceptedAt;
    this.acceptedTime = acceptedTime;
    this.origin = origin;
    this.open = documents.size();
  }

  public DocumentBatch documents() {
    return documents;
  }

  /** Completes when every document is settled, on the thread that settles the last one. */
  public CompletableFuture<List<Fate>> done() {
    return done;
  }

  long acceptedAt() {
    return acceptedAt;
  }

  Instant acceptedTime() {
    return acceptedTime;
  }

  public @Nullable Object origin() {
    return origin;
  }

  int size() {
    return documents.size();
  }

  /** Records that the cluster has returned a definite result for a document of this publication. */
  void noteAnswer() {
    answered = true;
  }

  boolean isAnswered() {
    return answered;
  }

  synchronized boolean isOpen(int index) {
    return open > 0 && (fates == null || fates[index] == null);
  }

  /** Returns the documents of a range that are unsettled and were not returned before. */
  synchronized int[] takeOpen(int first, int count) {
    BitSet before = taken == null ? new BitSet(size()) : taken;
    taken = before;
    int[] positions =
        IntStream.range(first, first + count).filter(i -> isOpen(i) && !before.get(i)).toArray();
    for (int position : positions) {
      before.set(position);
    }
    return positions;
  }

  void settle(int index, Fate fate) {
    settle(index, 1, fate);
  }

  void settle(int first, int count, Fate fate) {
    settle(first, count, fate, false);
  }

  /** Records that the only attempt with these documents has written all of them. */
  void written(int first, int count) {
    settle(first, count, Fate.INDEXED, true);
  }

  public void settleAllOpen(Fate fate) {
    settle(0, size(), fate);
  }

  private void settle(int first, int count, Fate fate, boolean onlyAttempt) {
    List<Fate> all;
    synchronized (this) {
      if (open == 0) {
        return;
      }
      if (fates == null && count == open) { // the common case needs no array
        open = 0;
        writtenAtOnce = onlyAttempt && taken == null;
        all = Collections.nCopies(count, fate);
      } else {
        @Nullable Fate[] some = fates == null ? new Fate[size()] : fates;
        fates = some;
        for (int i = first; i < first + count; i++) {
          if (some[i] == null) {
            some[i] = fate;
            open--;
          }
        }
        if (open > 0) {
          return;
        }
        all = List.of(some);
      }
    }
    done.complete(all);
  }

  /**
   * Returns whether all documents were written by a single attempt, so that nothing else reads them
   * after completion.
   */
  public synchronized boolean isWrittenAtOnce() {
    return writtenAtOnce;
  }
}

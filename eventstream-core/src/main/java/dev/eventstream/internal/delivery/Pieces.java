package dev.eventstream.internal.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.internal.delivery.Piece.Taken;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.Spool;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The portions of the spool that are in memory, divided into pieces. Pieces to be sent again come
 * first, the oldest before the others. Risky pieces wait behind portions that are not risky, and
 * only one of them is in progress at a time. Pieces for which there was no room at the end of the
 * spool wait until others have had their turn. Thread-safe; portions are taken by one thread at a
 * time.
 */
final class Pieces {
  /** Maximum number of risky pieces in memory; others go to the end of the spool. */
  private static final int MAX_RISKY = 8;

  private final Spool spool;
  private final int maxDocuments;
  private final int maxBytes;
  private final int maxPortions;

  @GuardedBy("this") private final PriorityQueue<Piece> held = // waiting to be sent again
      new PriorityQueue<>(Comparator.comparingLong(Piece::order));

  @GuardedBy("this") private final Queue<Piece> risky = new ArrayDeque<>(); // likewise, if risky

  @GuardedBy("this") private final Queue<Unmoved> unmoved = new ArrayDeque<>();

  @GuardedBy("this") private boolean riskyUnderWay;

  @GuardedBy("this") private int portions; // in memory

  @GuardedBy("this") private long taken; // number of portions

  /**
   * A piece that could not be moved to the end of the spool.
   *
   * @param after the number of portions that are taken before it is its turn again
   */
  private record Unmoved(Piece piece, long after) {}

  Pieces(Spool spool, int maxDocuments, int maxBytes, int maxPortions) {
    this.spool = spool;
    this.maxDocuments = maxDocuments;
    this.maxBytes = maxBytes;
    this.maxPortions = maxPortions;
  }

  /** Returns whether there is nothing to send until a piece in progress is settled. */
  synchronized boolean areAllUnderWay() {
    return portions >= maxPortions
        && held.isEmpty()
        && unmoved.isEmpty()
        && (risky.isEmpty() || riskyUnderWay);
  }

  /**
   * Returns the piece to send next. A trial prefers a piece that is not risky, unless that has
   * failed too.
   */
  @Nullable Piece next(boolean trial) {
    synchronized (this) {
      if (!held.isEmpty()) {
        return held.remove();
      }
      boolean full = portions >= maxPortions;
      boolean triedOthers = full || risky.size() > 2;
      if (!risky.isEmpty() && (triedOthers || !trial) && !riskyUnderWay) {
        return risky.remove();
      }
      Unmoved first = unmoved.peek();
      if (full || (first != null && first.after <= taken)) {
        return nextUnmoved();
      }
    }
    Spool.Portion portion = spool.take(maxDocuments, maxBytes);
    synchronized (this) {
      if (portion == null) {
        return risky.isEmpty() || riskyUnderWay ? nextUnmoved() : risky.poll();
      }
      portions++;
      return new Piece(new Taken(portion), taken++, portion.documents(), false);
    }
  }

  @GuardedBy("this") private @Nullable Piece nextUnmoved() {
    Unmoved next = unmoved.poll();
    return next == null ? null : next.piece;
  }

  /**
   * Creates another piece of the same portion; the caller removes the documents from the given one.
   */
  synchronized Piece split(Piece piece, DocumentBatch documents, boolean isRisky) {
    piece.from().pieces++;
    return new Piece(piece.from(), piece.order(), documents, isRisky);
  }

  /**
   * Returns whether a document that may be at fault can be sent now, in parallel with the rest of
   * its piece.
   */
  synchronized boolean mayRisk(Piece piece) {
    return !riskyUnderWay && (piece.risky() || risky.isEmpty());
  }

  synchronized void sent(Piece piece) {
    riskyUnderWay |= piece.risky();
  }

  synchronized void answered(Piece piece) {
    riskyUnderWay &= !piece.risky();
  }

  /** Keeps a piece that is to be sent again. */
  synchronized void hold(Piece piece) {
    (piece.risky() ? risky : held).add(piece);
  }

  /** Keeps a piece that could not be moved to the end of the spool. */
  synchronized void holdUnmoved(Piece piece) {
    if (piece.risky()) {
      risky.add(piece);
    } else {
      unmoved.add(new Unmoved(piece, taken + maxPortions));
    }
  }

  /** Keeps two risky pieces if there is room for them. */
  synchronized boolean tryHold(Piece first, Piece second) {
    if (risky.size() > MAX_RISKY) {
      return false;
    }
    risky.add(first);
    risky.add(second);
    return true;
  }

  /** Settles a piece, and removes its portion from the spool if it was the last one. */
  void done(Piece piece) {
    Taken portion = piece.from();
    synchronized (this) {
      portion.pieces--;
      if (portion.pieces > 0) {
        return;
      }
      portions--;
    }
    portion.portion.remove();
  }
}

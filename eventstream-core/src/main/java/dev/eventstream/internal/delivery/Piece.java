package dev.eventstream.internal.delivery;

import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.Spool;

/**
 * Documents of a portion of the spool that are sent together.
 *
 * @param from their portion
 * @param order the portion's number
 * @param documents those that have not left the spool
 * @param risky whether one of them may prevent the whole request from being answered
 */
record Piece(Taken from, long order, DocumentBatch documents, boolean risky) {

  /** A portion of the spool in memory. */
  static final class Taken {
    final Spool.Portion portion;
    int pieces = 1; // pieces that are not settled; guarded by the pieces' queue

    Taken(Spool.Portion portion) {
      this.portion = portion;
    }
  }

  int size() {
    return documents.size();
  }

  Piece with(DocumentBatch others) {
    return new Piece(from, order, others, risky);
  }

  Piece asRisky() {
    return new Piece(from, order, documents, true);
  }
}

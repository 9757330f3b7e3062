package dev.eventstream.spool;

import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The documents of one write, and what became of them. Used by the thread that writes. */
final class PendingWrite {
  private final DocumentBatch documents;
  private final long acceptedAt;
  private final boolean moved;
  private final CompletableFuture<SinkResult> result = new CompletableFuture<>();
  private int appended; // how many documents, from the first on
  private int durable; // how many of these are committed
  private ItemResult.@Nullable Failed failure; // of the others
  private @Nullable BitSet tooLarge; // of those appended: not written, as they never can be

  /**
   * Creates a write.
   *
   * @param moved whether the documents are moved from elsewhere in the spool
   */
  PendingWrite(DocumentBatch documents, long acceptedAt, boolean moved) {
    this.documents = documents;
    this.acceptedAt = acceptedAt;
    this.moved = moved;
  }

  DocumentBatch documents() {
    return documents;
  }

  long acceptedAt() {
    return acceptedAt;
  }

  boolean isMoved() {
    return moved;
  }

  CompletableFuture<SinkResult> result() {
    return result;
  }

  boolean isRefused() {
    return failure != null;
  }

  /** The next document was appended. */
  void appended() {
    appended++;
  }

  /** All that was appended is committed. */
  void committed() {
    durable = appended;
  }

  /** The next document can never be written; it counts as appended. */
  void tooLarge(int index) {
    BitSet positions = tooLarge == null ? new BitSet() : tooLarge;
    positions.set(index);
    tooLarge = positions;
    appended++;
  }

  /** The documents that are not appended are refused. */
  void refuse(String reason) {
    failure = new ItemResult.Failed(FailureClass.RETRY, reason);
  }

  /**
   * Answers the write.
   *
   * @param reason why what is not committed was not; null when everything is
   * @param capacity the largest document, in bytes
   */
  void answer(@Nullable String reason, int capacity) {
    result.complete(outcome(reason, capacity));
  }

  private SinkResult outcome(@Nullable String reason, int capacity) {
    int size = documents.size();
    BitSet never = tooLarge;
    if (durable == size && never == null) {
      return SinkResult.all(size, ItemResult.WRITTEN);
    }
    ItemResult rest =
        failure != null
            ? failure
            : new ItemResult.Failed(FailureClass.RETRY, String.valueOf(reason));
    if (durable == 0 && never == null) {
      return SinkResult.all(size, rest);
    }
    ItemResult large =
        new ItemResult.Failed(
            FailureClass.TOO_LARGE,
            "the document is larger than the "
                + capacity
                + " bytes that the spool takes: raise its maxBytes");
    List<ItemResult> results = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      boolean isTooLarge = never != null && never.get(i);
      results.add(isTooLarge ? large : i < durable ? ItemResult.WRITTEN : rest);
    }
    return SinkResult.of(results);
  }
}

package dev.eventstream.spi;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.List;

/** The result of one attempt to write a batch, for each document. Immutable. */
public final class SinkResult {
  private final int size;
  private final ItemResult uniform;
  private final ItemResult[] items; // empty if all results are equal

  private SinkResult(int size, ItemResult uniform, ItemResult[] items) {
    this.size = size;
    this.uniform = uniform;
    this.items = items;
  }

  /** Creates a result for a request with a common result for all documents. */
  public static SinkResult all(int size, ItemResult result) {
    return new SinkResult(size, requireNonNull(result, "result"), new ItemResult[0]);
  }

  /**
   * Returns whether the request as a whole failed rather than individual documents: the target was
   * not reached or rejected the request. Such a failure says more about the target than about the
   * documents. True for a failure passed to {@link #all}.
   */
  public boolean requestFailed() {
    return items.length == 0 && uniform instanceof ItemResult.Failed;
  }

  /**
   * Creates a result from individual results.
   *
   * @param results one per document, in order
   */
  public static SinkResult of(List<? extends ItemResult> results) {
    ItemResult[] items = List.copyOf(results).toArray(new ItemResult[0]);
    if (Arrays.stream(items).allMatch(ItemResult.WRITTEN::equals)) {
      return all(items.length, ItemResult.WRITTEN);
    }
    return new SinkResult(items.length, ItemResult.WRITTEN, items);
  }

  /** Returns the number of documents. */
  public int size() {
    return size;
  }

  /**
   * Returns the result of one document.
   *
   * @param index the document's position in the batch
   */
  public ItemResult get(int index) {
    return items.length == 0 ? uniform : items[index];
  }

  /** Returns whether every document was written, which is the case that must be fast. */
  public boolean allWritten() {
    return items.length == 0 && uniform == ItemResult.WRITTEN;
  }
}

package dev.eventstream.spi;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.List;

/** What one attempt did to each document of a batch. Immutable. */
public final class SinkResult {
  private final int size;
  private final ItemResult uniform;
  private final ItemResult[] items; // empty when all are the same

  private SinkResult(int size, ItemResult uniform, ItemResult[] items) {
    this.size = size;
    this.uniform = uniform;
    this.items = items;
  }

  /**
   * The request as a whole met one fate, and so did every document.
   *
   * @param size how many documents
   * @param result what became of each
   * @return the result
   */
  public static SinkResult all(int size, ItemResult result) {
    return new SinkResult(size, requireNonNull(result, "result"), new ItemResult[0]);
  }

  /**
   * Whether the request as a whole failed, rather than its documents one by one: the target was not
   * reached, or turned the request away. Says more of the target than of the documents.
   *
   * @return true for a failure given to {@link #all}
   */
  public boolean requestFailed() {
    return items.length == 0 && uniform instanceof ItemResult.Failed;
  }

  /**
   * The documents met different fates.
   *
   * @param results one for each document, in order
   * @return the result
   */
  public static SinkResult of(List<? extends ItemResult> results) {
    ItemResult[] items = List.copyOf(results).toArray(new ItemResult[0]);
    if (Arrays.stream(items).allMatch(ItemResult.WRITTEN::equals)) {
      return all(items.length, ItemResult.WRITTEN);
    }
    return new SinkResult(items.length, ItemResult.WRITTEN, items);
  }

  /**
   * How many documents it speaks of.
   *
   * @return the number of documents, in the batch's order
   */
  public int size() {
    return size;
  }

  /**
   * What became of one document.
   *
   * @param index the document's position in the batch
   * @return its result
   */
  public ItemResult get(int index) {
    return items.length == 0 ? uniform : items[index];
  }

  /**
   * Whether every document was written: the one case that has to be fast.
   *
   * @return true when all are {@link ItemResult#WRITTEN}
   */
  public boolean allWritten() {
    return items.length == 0 && uniform == ItemResult.WRITTEN;
  }
}

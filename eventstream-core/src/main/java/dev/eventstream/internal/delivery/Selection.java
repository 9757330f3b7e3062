package dev.eventstream.internal.delivery;

import java.util.Arrays;

/** A selection of documents of a batch by their positions, ascending. Not thread-safe. */
final class Selection {
  private final int size; // of the batch
  private int[] positions = {}; // most batches have nothing to select
  private int count;

  Selection(int size) {
    this.size = size;
  }

  void add(int position) {
    if (positions.length == 0) {
      positions = new int[size];
    }
    positions[count++] = position;
  }

  int count() {
    return count;
  }

  boolean isEmpty() {
    return count == 0;
  }

  boolean isAll() {
    return count == size;
  }

  int first() {
    return positions[0];
  }

  int[] positions() {
    return Arrays.copyOf(positions, count);
  }
}

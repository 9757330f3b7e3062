package dev.eventstream.internal.json;

import java.util.BitSet;

/**
 * Follows brackets and quotes alone, to find the end of something that is not JSON. Can be fed
 * piece by piece.
 */
public final class StructureSkipper {
  private final BitSet curly = new BitSet(); // for each open bracket, whether it is a '{'
  private int depth;
  private boolean inString;
  private boolean escaped;
  private boolean mismatched;

  /**
   * Skips an element of an array.
   *
   * @return where the element ends: at the {@code ,} or {@code ]} that follows it, or -1 when it
   *     goes on behind {@code end} or its brackets do not match
   */
  public int skip(byte[] bytes, int start, int end) {
    for (int p = start; p < end; p++) {
      if (endsElement(bytes[p])) {
        return p;
      }
      step(bytes[p]);
      if (mismatched) {
        return -1;
      }
    }
    return -1;
  }

  /**
   * Skips an object or array that stands alone.
   *
   * @return behind the bracket that closes it, or -1 when it goes on behind {@code end} or its
   *     brackets do not match
   */
  public int skipWhole(byte[] bytes, int start, int end) {
    for (int p = start; p < end; p++) {
      step(bytes[p]);
      if (mismatched) {
        return -1;
      }
      if (depth == 0 && !inString) {
        return p + 1;
      }
    }
    return -1;
  }

  /** Whether an element of an array ends in front of this byte. */
  boolean endsElement(byte c) {
    return depth == 0 && !inString && (c == ',' || c == ']');
  }

  void step(byte c) {
    if (inString) {
      if (escaped) {
        escaped = false;
      } else if (c == '\\') {
        escaped = true;
      } else if (c == '"') {
        inString = false;
      }
      return;
    }
    switch (c) {
      case '"' -> inString = true;
      case '{', '[' -> curly.set(depth++, c == '{');
      case '}', ']' -> {
        if (depth == 0 || curly.get(depth - 1) != (c == '}')) {
          mismatched = true;
        } else {
          depth--;
        }
      }
      default -> {} // what lies between does not matter
    }
  }

  /** Whether a bracket was closed by one of the other kind, or too often. */
  public boolean mismatched() {
    return mismatched;
  }

  int depth() {
    return depth;
  }

  void reset() {
    depth = 0;
    inString = false;
    escaped = false;
    mismatched = false;
  }

  /** Whether a value that begins here, behind a {@code ,}, would be an element of an array. */
  boolean inArray() {
    return !inString && depth > 0 && !curly.get(depth - 1);
  }
}

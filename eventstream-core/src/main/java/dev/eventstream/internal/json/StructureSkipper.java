package dev.eventstream.internal.json;

import java.util.BitSet;

/**
 * Follows only brackets and quotes to find the end of something that is not valid JSON. The input
 * can be supplied in pieces.
 */
public final class StructureSkipper {
  private final BitSet curly = new BitSet(); // one bit per open bracket: whether it is a '{'
  private int depth;
  private boolean inString;
  private boolean escaped;
  private boolean mismatched;

  /**
   * Skips an element of an array.
   *
   * @return the position of the {@code ,} or {@code ]} that ends the element, or -1 if it continues
   *     after {@code end} or its brackets do not match
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
   * Skips a top-level object or array.
   *
   * @return the position after its closing bracket, or -1 if it continues after {@code end} or its
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

  /** Returns whether an element of an array ends before this byte. */
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
      default -> {} // other bytes do not matter
    }
  }

  /** Returns whether a bracket was closed by one of the other kind, or too often. */
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

  /**
   * Returns whether a value that begins here, after a {@code ,}, would be an element of an array.
   */
  boolean inArray() {
    return !inString && depth > 0 && !curly.get(depth - 1);
  }
}

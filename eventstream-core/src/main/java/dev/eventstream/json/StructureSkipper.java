package dev.eventstream.json;

import java.util.BitSet;

/**
 * Finds the end of a broken array element by its brackets and quotes alone, so that the elements
 * behind it can still be read. Can be fed piece by piece.
 */
public final class StructureSkipper {
  private final BitSet curly = new BitSet(); // for each open bracket, whether it is a '{'
  private int depth;
  private boolean inString;
  private boolean escaped;
  private boolean mismatched;

  /**
   * Skips on.
   *
   * @return where the element ends: at the {@code ,} or {@code ]} that follows it, or -1 when it
   *     goes on behind {@code end} or its brackets do not match
   */
  public int skip(byte[] bytes, int start, int end) {
    for (int p = start; p < end; p++) {
      byte c = bytes[p];
      if (inString) {
        if (escaped) {
          escaped = false;
        } else if (c == '\\') {
          escaped = true;
        } else if (c == '"') {
          inString = false;
        }
        continue;
      }
      switch (c) {
        case '"' -> inString = true;
        case '{', '[' -> curly.set(depth++, c == '{');
        case '}', ']' -> {
          if (depth == 0 && c == ']') {
            return p;
          }
          if (depth == 0 || curly.get(depth - 1) != (c == '}')) {
            mismatched = true;
            return -1;
          }
          depth--;
        }
        case ',' -> {
          if (depth == 0) {
            return p;
          }
        }
        default -> {} // what lies between does not matter
      }
    }
    return -1;
  }

  /** Whether a bracket was closed by one of the other kind, or too often. */
  public boolean mismatched() {
    return mismatched;
  }

  /** Whether all brackets and quotes that were opened are closed. */
  public boolean balanced() {
    return depth == 0 && !inString && !mismatched;
  }
}

package dev.eventstream.internal.json;

/** Steps over JSON that {@link EventScanner} has validated, and therefore checks nothing. */
final class ValidJson {
  private ValidJson() {}

  static int skipBlanks(byte[] json, int start) {
    int p = start;
    while (json[p] == ' ' || json[p] == '\n' || json[p] == '\r' || json[p] == '\t') {
      p++;
    }
    return p;
  }

  /**
   * Returns the position of a string's closing quote, given the position after its opening quote.
   */
  static int stringEnd(byte[] json, int start) {
    int p = start;
    while (json[p] != '"') {
      p += json[p] == '\\' ? 2 : 1;
    }
    return p;
  }

  /** Returns the position of a member's value, given the position of its name's closing quote. */
  static int valueStart(byte[] json, int nameEnd) {
    int colon = skipBlanks(json, nameEnd + 1);
    return skipBlanks(json, colon + 1);
  }

  /** Returns the end of the value that starts here, exclusive. */
  static int valueEnd(byte[] json, int start) {
    int p = start;
    int depth = 0;
    do {
      switch (json[p]) {
        case '"' -> p = stringEnd(json, p + 1) + 1;
        case '{', '[' -> {
          depth++;
          p++;
        }
        case '}', ']' -> {
          depth--;
          p++;
        }
        case ',', ':', ' ', '\n', '\r', '\t' -> p++;
        default -> p = scalarEnd(json, p);
      }
    } while (depth > 0);
    return p;
  }

  /** Returns the position of the next member or element, or of the closing bracket. */
  static int afterComma(byte[] json, int valueEnd) {
    int p = skipBlanks(json, valueEnd);
    return json[p] == ',' ? skipBlanks(json, p + 1) : p;
  }

  /** Returns the end of a number, {@code true}, {@code false} or {@code null}, exclusive. */
  private static int scalarEnd(byte[] json, int start) {
    int p = start;
    while (json[p] > ' ' && json[p] != ',' && json[p] != '}' && json[p] != ']') {
      p++;
    }
    return p;
  }
}

package dev.eventstream.internal.json;

/** Steps over JSON that an {@link EventScanner} has found valid, which spares every check. */
final class ValidJson {
  private ValidJson() {}

  static int skipBlanks(byte[] json, int start) {
    int p = start;
    while (json[p] == ' ' || json[p] == '\n' || json[p] == '\r' || json[p] == '\t') {
      p++;
    }
    return p;
  }

  /** Where the string's closing quote is, from behind its opening one. */
  static int stringEnd(byte[] json, int start) {
    int p = start;
    while (json[p] != '"') {
      p += json[p] == '\\' ? 2 : 1;
    }
    return p;
  }

  /** Where a member's value is, from its name's closing quote. */
  static int valueStart(byte[] json, int nameEnd) {
    int colon = skipBlanks(json, nameEnd + 1);
    return skipBlanks(json, colon + 1);
  }

  /** Where the value ends that starts here, exclusive. */
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

  /** Where the next member or element is, or the bracket that closes. */
  static int behindComma(byte[] json, int valueEnd) {
    int p = skipBlanks(json, valueEnd);
    return json[p] == ',' ? skipBlanks(json, p + 1) : p;
  }

  /** Where a number, {@code true}, {@code false} or {@code null} ends, exclusive. */
  private static int scalarEnd(byte[] json, int start) {
    int p = start;
    while (json[p] > ' ' && json[p] != ',' && json[p] != '}' && json[p] != ']') {
      p++;
    }
    return p;
  }
}

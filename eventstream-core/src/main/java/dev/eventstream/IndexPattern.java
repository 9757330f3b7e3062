package dev.eventstream;

import dev.eventstream.spi.Document;

/**
 * Derives the destination from the event type, for example {@code events-{eventType}}. Immutable.
 */
final class IndexPattern {
  private static final String PLACEHOLDER = "{eventType}";
  private static final String FORBIDDEN = "\\/*?\"<>| ,#:{}";
  private static final int LONGEST_TYPE = 100;

  private final String prefix;
  private final String suffix;
  private final boolean byType;

  private IndexPattern(String prefix, String suffix, boolean byType) {
    this.prefix = prefix;
    this.suffix = suffix;
    this.byType = byType;
  }

  static IndexPattern parse(String pattern) {
    int at = pattern.indexOf(PLACEHOLDER);
    IndexPattern parsed =
        at < 0
            ? new IndexPattern(pattern, "", false)
            : new IndexPattern(
                pattern.substring(0, at), pattern.substring(at + PLACEHOLDER.length()), true);
    parsed.check(pattern);
    return parsed;
  }

  String destination(String eventType) {
    return byType ? prefix + eventType + suffix : prefix;
  }

  /** Checks the rules of Elasticsearch and OpenSearch for index names. */
  private void check(String pattern) {
    String fixed = prefix + suffix;
    for (int i = 0; i < fixed.length(); i++) {
      char c = fixed.charAt(i);
      if (FORBIDDEN.indexOf(c) >= 0 || c <= ' ' || c > '~' || (c >= 'A' && c <= 'Z')) {
        throw invalid(pattern, "has \"" + c + "\"");
      }
    }
    if (fixed.isEmpty() && !byType) {
      throw invalid(pattern, "is empty");
    }
    if (!prefix.isEmpty() && "-_+.".indexOf(prefix.charAt(0)) >= 0) {
      throw invalid(pattern, "starts with \"" + prefix.charAt(0) + "\"");
    }
    if (fixed.length() + (byType ? LONGEST_TYPE : 0) > Document.MAX_DESTINATION_BYTES) {
      throw invalid(
          pattern, "makes names longer than " + Document.MAX_DESTINATION_BYTES + " bytes");
    }
  }

  private static IllegalArgumentException invalid(String pattern, String fault) {
    return new IllegalArgumentException(
        "the index pattern \""
            + pattern
            + "\" "
            + fault
            + "; use lower-case letters, digits, \"-\", \"_\" and \".\" around {eventType}, for example"
            + " \"events-{eventType}\"");
  }
}

package dev.eventstream;

import dev.eventstream.spi.Document;
import java.time.format.DateTimeFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Derives the destination from the event type and the time of an event, for example {@code
 * events-{eventType}-{yyyy.MM.dd}}. Immutable.
 */
final class IndexPattern {
  private static final String TYPE = "{eventType}";
  private static final String FORBIDDEN = "\\/*?\"<>| ,#:{}";
  private static final int LONGEST_TYPE = 100;

  /** What is between braces; a preceding sign is that of another product's patterns. */
  private static final Pattern PLACEHOLDER = Pattern.compile("[$%]?\\{[^{}]*}");

  /** The period of patterns without a date. */
  private static final IndexDate.Period EVER = new IndexDate.Period(Long.MIN_VALUE, Long.MAX_VALUE);

  private final String pattern;
  private final boolean byType;
  private final @Nullable IndexDate date;
  private final String datePlaceholder; // empty if there is no date
  private final @Nullable DateTimeFormatter dateFormat;

  private IndexPattern(String pattern) {
    this.pattern = pattern;
    String form = null;
    IndexDate found = null;
    boolean typed = false;
    for (Matcher at = PLACEHOLDER.matcher(pattern); at.find(); ) {
      String placeholder = at.group();
      IndexDate next =
          IndexDate.of(placeholder.substring(1, placeholder.length() - 1)).orElse(null);
      boolean isType = placeholder.equals(TYPE);
      if (isType ? typed : next == null || found != null) {
        throw invalid("has \"" + placeholder + "\"" + (isType || next != null ? " twice" : ""));
      }
      typed |= isType;
      if (next != null) {
        found = next;
        form = placeholder.substring(1, placeholder.length() - 1);
      }
    }
    this.byType = typed;
    this.date = found;
    this.datePlaceholder = form == null ? "" : "{" + form + "}";
    this.dateFormat = found == null || form == null ? null : found.formatter(form);
    check();
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException if it makes names that engines reject; with the remedy
   */
  static IndexPattern parse(String pattern) {
    return new IndexPattern(pattern);
  }

  /** Returns whether destinations depend on the time of an event. */
  boolean isDated() {
    return date != null;
  }

  /** Returns the period around a time in which destinations are the same. */
  IndexDate.Period period(long millis) {
    return date == null ? EVER : date.period(millis);
  }

  /**
   * Returns the destination of an event.
   *
   * @param millis when it happened, in milliseconds since 1970
   */
  String destination(String eventType, long millis) {
    String name = byType ? pattern.replace(TYPE, eventType) : pattern;
    return dateFormat == null
        ? name
        : name.replace(datePlaceholder, dateFormat.format(IndexDate.day(millis)));
  }

  /** Checks the rules of Elasticsearch and OpenSearch for index names. */
  private void check() {
    String fixed = pattern.replace(TYPE, "").replace(datePlaceholder, "");
    for (int i = 0; i < fixed.length(); i++) {
      char c = fixed.charAt(i);
      if (FORBIDDEN.indexOf(c) >= 0 || c <= ' ' || c > '~' || (c >= 'A' && c <= 'Z')) {
        throw invalid("has \"" + c + "\"");
      }
    }
    if (pattern.isEmpty()) {
      throw invalid("is empty");
    }
    if (fixed.isEmpty() && !byType) {
      throw invalid("is only a date");
    }
    if ("-_+.".indexOf(pattern.charAt(0)) >= 0) {
      throw invalid("starts with \"" + pattern.charAt(0) + "\"");
    }
    int dateLength = Math.max(0, datePlaceholder.length() - "{}".length());
    int longest = fixed.length() + (byType ? LONGEST_TYPE : 0) + dateLength;
    if (longest > Document.MAX_DESTINATION_BYTES) {
      throw invalid("makes names longer than " + Document.MAX_DESTINATION_BYTES + " bytes");
    }
  }

  private IllegalArgumentException invalid(String fault) {
    return new IllegalArgumentException(
        "the index pattern \""
            + pattern
            + "\" "
            + fault
            + "; use lower-case letters, digits, \"-\", \"_\" and \".\" around {eventType} and a date"
            + " ("
            + IndexDate.CHOICES
            + "), for example \"events-{eventType}\" or \"events-{yyyy.MM.dd}\"");
  }
}

package dev.eventstream.spi;

import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Derives the destination from the type and the time of an event, for example {@code
 * events-{eventType}-{yyyy.MM.dd}}. Immutable.
 */
public final class IndexPattern {
  /** The most characters of an event type. */
  public static final int MAX_EVENT_TYPE_LENGTH = 100;

  private static final String TYPE = "{eventType}";
  private static final String MARK = "#"; // occurs in no index name
  private static final String FORBIDDEN = "\\/*?\"<>| ,#:{}";
  private static final int LONGEST_TYPE = 100;
  private static final String TYPE_GROUP = "type";
  private static final String DATE_GROUP = "date";

  /** What is between braces; a preceding sign is that of another product's patterns. */
  private static final Pattern PLACEHOLDER = Pattern.compile("[$%]?\\{[^{}]*}");

  /** The period of patterns without a date. */
  private static final Period EVER = new Period(Long.MIN_VALUE, Long.MAX_VALUE);

  /**
   * The time in which the destinations of a pattern are the same: a day, week, month or year of
   * UTC.
   *
   * @param start the first millisecond of the period, since 1970
   * @param end the first millisecond after the period
   */
  public record Period(long start, long end) {
    /** Returns whether a time, in milliseconds since 1970, is in this period. */
    public boolean contains(long millis) {
      return millis >= start && millis < end;
    }
  }

  /**
   * What an index name says.
   *
   * @param eventType empty if the pattern has no {@code {eventType}}
   * @param period all of time if the pattern has no date
   */
  public record Parts(String eventType, Period period) {}

  private final String pattern;
  private final boolean byType;
  private final @Nullable IndexDate date;
  private final String datePlaceholder; // empty if there is no date
  private final @Nullable DateTimeFormatter dateFormat;
  private final Pattern names; // matches what this pattern makes, and more

  private IndexPattern(String pattern) {
    this.pattern = pattern;
    String form = null;
    IndexDate found = null;
    boolean typed = false;
    for (Matcher at = PLACEHOLDER.matcher(pattern); at.find(); ) {
      String placeholder = at.group();
      String inner = placeholder.substring(1, placeholder.length() - 1);
      IndexDate next = IndexDate.of(inner).orElse(null);
      boolean isType = placeholder.equals(TYPE);
      if (isType ? typed : next == null || found != null) {
        throw invalid("has \"" + placeholder + "\"" + (isType || next != null ? " twice" : ""));
      }
      typed |= isType;
      if (next != null) {
        found = next;
        form = inner;
      }
    }
    this.byType = typed;
    this.date = found;
    this.datePlaceholder = form == null ? "" : "{" + form + "}";
    this.dateFormat = found == null || form == null ? null : found.formatter(form);
    check();
    this.names = names();
  }

  /**
   * Reads a pattern: an index name with {@code {eventType}} and a date, {@code {yyyy.MM.dd}},
   * {@code {xxxx.ww}} (ISO week), {@code {yyyy.MM}} or {@code {yyyy}}, each at most once.
   *
   * @throws IllegalArgumentException if it makes names that engines reject; with the remedy
   */
  public static IndexPattern parse(String pattern) {
    return new IndexPattern(pattern);
  }

  /** Returns whether destinations depend on the time of an event. */
  public boolean isDated() {
    return date != null;
  }

  /**
   * Returns the period that contains a time; all of time if there is no date.
   *
   * @param millis milliseconds since 1970
   */
  public Period period(long millis) {
    return date == null ? EVER : date.period(millis);
  }

  /**
   * Returns the destination of an event.
   *
   * @param millis when it happened, in milliseconds since 1970
   */
  public String destination(String eventType, long millis) {
    return dateFormat == null
        ? ofType(eventType)
        : ofType(eventType).replace(datePlaceholder, dateFormat.format(IndexDate.day(millis)));
  }

  /**
   * Returns the destinations of all periods, with {@code *} for the date.
   *
   * @param eventType a type, or {@code *} for all
   */
  public String ofAnyDate(String eventType) {
    return date == null ? ofType(eventType) : ofType(eventType).replace(datePlaceholder, "*");
  }

  private String ofType(String eventType) {
    return byType ? pattern.replace(TYPE, eventType) : pattern;
  }

  /**
   * Returns whether an event type can be part of the name of an index: 1 to 100 characters of a-z,
   * 0-9, "-" and "_", of which the first is a letter or digit.
   */
  public static boolean isEventType(String type) {
    if (type.isEmpty() || type.length() > MAX_EVENT_TYPE_LENGTH) {
      return false;
    }
    for (int i = 0; i < type.length(); i++) {
      char c = type.charAt(i);
      boolean letterOrDigit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (!letterOrDigit && (i == 0 || (c != '-' && c != '_'))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Reads a name that this pattern may have made.
   *
   * @return empty if it has not
   */
  public Optional<Parts> read(String index) {
    Matcher parts = names.matcher(index);
    if (!parts.matches()) {
      return Optional.empty();
    }
    String type = byType ? parts.group(TYPE_GROUP) : "";
    if (date == null || dateFormat == null) {
      return Optional.of(new Parts(type, EVER));
    }
    try {
      LocalDate day = LocalDate.parse(parts.group(DATE_GROUP), dateFormat);
      return Optional.of(new Parts(type, date.period(IndexDate.millis(day))));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns the destination that had the same role in the period before.
   *
   * @param destination of an event in the period that contains the time
   * @param millis milliseconds since 1970
   * @return null if the pattern has no date, or if the destination is not one of that period
   */
  public @Nullable String previous(String destination, long millis) {
    if (date == null) {
      return null;
    }
    String type = "";
    if (byType) {
      String[] around = destination(MARK, millis).split(MARK, -1);
      int typeLength = destination.length() - around[0].length() - around[1].length();
      if (typeLength <= 0
          || !destination.startsWith(around[0])
          || !destination.endsWith(around[1])) {
        return null;
      }
      type = destination.substring(around[0].length(), around[0].length() + typeLength);
    } else if (!destination.equals(destination(type, millis))) {
      return null;
    }
    return destination(type, date.period(millis).start() - 1);
  }

  private Pattern names() {
    String regex = "\\Q" + pattern + "\\E";
    if (byType) {
      regex = regex.replace(TYPE, "\\E(?<" + TYPE_GROUP + ">.+)\\Q");
    }
    if (date != null) {
      int length = datePlaceholder.length() - "{}".length();
      regex = regex.replace(datePlaceholder, "\\E(?<" + DATE_GROUP + ">.{" + length + "})\\Q");
    }
    return Pattern.compile(regex);
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

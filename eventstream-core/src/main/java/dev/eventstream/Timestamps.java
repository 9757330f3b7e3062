package dev.eventstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.regex.Pattern;

/** Writes the {@code @timestamp} member, and recognises a valid one in an event. Thread-safe. */
final class Timestamps {
  private static final DateTimeFormatter WRITER =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

  /**
   * Accepts what {@code strict_date_optional_time} of every engine accepts, with a four-digit year.
   */
  private static final DateTimeFormatter READER =
      new DateTimeFormatterBuilder()
          .appendPattern("uuuu-MM-dd['T'HH[:mm[:ss]]]")
          .appendOptional(
              new DateTimeFormatterBuilder()
                  .appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, true)
                  .toFormatter())
          .appendPattern("[XXX][X]")
          .parseDefaulting(ChronoField.HOUR_OF_DAY, 0)
          .parseDefaulting(ChronoField.MINUTE_OF_HOUR, 0)
          .parseDefaulting(ChronoField.SECOND_OF_MINUTE, 0)
          .toFormatter()
          .withZone(ZoneOffset.UTC)
          .withResolverStyle(java.time.format.ResolverStyle.STRICT);

  /**
   * Fractions and offsets require the fields before them, which optional sections cannot express.
   */
  private static final Pattern SHAPE =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\d"
              + "(T\\d\\d(:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?)?(Z|[+-]\\d\\d(:?\\d\\d)?)?)?");

  private static final int LONGEST = 40;

  /** No time; no valid one has this value. */
  static final long NONE = Long.MIN_VALUE;

  private static final String NAME = ",\"@timestamp\":";

  /** Where the value begins in the result of {@link #lastMember}. */
  static final int VALUE_START = NAME.length();

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Written(long millis, byte[] json) {}

  /**
   * The last one written, because many events share a millisecond. Immutable, so a race is
   * harmless.
   */
  private Written last = new Written(Long.MIN_VALUE, new byte[0]);

  /**
   * Returns the end of an object whose last member is this time: {@code
   * ,"@timestamp":"2026-01-31T08:15:30.123Z"}}. Must not be modified.
   */
  byte[] lastMember(long millis) {
    Written written = last;
    if (written.millis != millis) {
      String json = NAME + '"' + WRITER.format(Instant.ofEpochMilli(millis)) + "\"}";
      written = new Written(millis, json.getBytes(US_ASCII));
      last = written;
    }
    return written.json;
  }

  /**
   * Reads a date that every engine accepts: an ISO-8601 string. Without an offset it is in UTC.
   *
   * @return milliseconds since 1970; {@link #NONE} for any other JSON value
   */
  static long read(byte[] json, int start, int end) {
    if (json[start] != '"' || end - start > LONGEST) {
      return NONE;
    }
    String text = new String(json, start + 1, end - start - 2, US_ASCII);
    if (!SHAPE.matcher(text).matches()) {
      return NONE;
    }
    try {
      return Instant.from(READER.parse(text)).toEpochMilli();
    } catch (DateTimeException e) {
      return NONE;
    }
  }
}

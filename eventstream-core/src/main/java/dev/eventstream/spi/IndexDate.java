package dev.eventstream.spi;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The date in an index pattern: the day, ISO week, month or year of UTC in which an event happened.
 * The letters are those that the engines and Logstash use for dates in index names.
 */
enum IndexDate {
  DAY(ChronoUnit.DAYS, "yyyy.MM.dd", "yyyy-MM-dd"),
  WEEK(ChronoUnit.WEEKS, "xxxx.ww", "xxxx-ww"),
  MONTH(ChronoUnit.MONTHS, "yyyy.MM", "yyyy-MM"),
  YEAR(ChronoUnit.YEARS, "yyyy");

  /** The placeholders, for error messages. */
  static final String CHOICES =
      Arrays.stream(values())
          .map(date -> "{" + date.forms.get(0) + "}")
          .collect(Collectors.joining(", "));

  private final ChronoUnit unit;

  @SuppressWarnings("ImmutableEnumChecker") // List.of
  private final List<String> forms;

  IndexDate(ChronoUnit unit, String... forms) {
    this.unit = unit;
    this.forms = List.of(forms);
  }

  /** Finds the kind of date that is written like this, without braces. */
  static Optional<IndexDate> of(String form) {
    return Arrays.stream(values()).filter(date -> date.forms.contains(form)).findFirst();
  }

  /** Returns the formatter for a form of this date. It reads a date as the first day of it. */
  DateTimeFormatter formatter(String form) {
    DateTimeFormatterBuilder formatter = new DateTimeFormatterBuilder();
    if (this == WEEK) {
      formatter
          .appendValue(IsoFields.WEEK_BASED_YEAR, 4)
          .appendLiteral(form.charAt(4))
          .appendValue(IsoFields.WEEK_OF_WEEK_BASED_YEAR, 2)
          .parseDefaulting(ChronoField.DAY_OF_WEEK, 1);
    } else {
      formatter.appendPattern(form.replace('y', 'u'));
      if (this != DAY) {
        formatter.parseDefaulting(ChronoField.DAY_OF_MONTH, 1);
      }
      if (this == YEAR) {
        formatter.parseDefaulting(ChronoField.MONTH_OF_YEAR, 1);
      }
    }
    return formatter.toFormatter(Locale.ROOT).withResolverStyle(ResolverStyle.STRICT);
  }

  IndexPattern.Period period(long millis) {
    LocalDate day = day(millis);
    LocalDate first =
        switch (this) {
          case DAY -> day;
          case WEEK -> day.with(ChronoField.DAY_OF_WEEK, 1);
          case MONTH -> day.withDayOfMonth(1);
          case YEAR -> day.withDayOfYear(1);
        };
    return new IndexPattern.Period(millis(first), millis(first.plus(1, unit)));
  }

  /** Returns the first millisecond of a day of UTC, since 1970. */
  static long millis(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
  }

  static LocalDate day(long millis) {
    return LocalDate.ofInstant(Instant.ofEpochMilli(millis), ZoneOffset.UTC);
  }
}

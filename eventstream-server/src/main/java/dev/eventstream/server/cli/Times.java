package dev.eventstream.server.cli;

import dev.eventstream.server.config.BackupSettings;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import picocli.CommandLine.TypeConversionException;

/** Reads times and durations of options. */
final class Times {
  private Times() {}

  /** Reads a duration, such as {@code 90s} or {@code 30d}. */
  static Duration duration(String text) {
    try {
      return BackupSettings.time("it", text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(
          "\"" + text + "\" is not a time; write one such as 90s, 10min, 36h or 30d");
    }
  }

  /** Reads a date or a time in UTC. */
  static Instant instant(String text) {
    try {
      return text.length() == "2020-01-01".length()
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
          : Instant.parse(text);
    } catch (DateTimeException e) {
      throw new TypeConversionException(
          "\""
              + text
              + "\" is not a time; write a date or a time in UTC, such as 2020-01-01 or"
              + " 2020-01-01T12:00:00Z");
    }
  }

  /** Reads a time in the past: a date, a time, or how long ago, such as {@code 2h}. */
  static Instant past(String text) {
    return text.matches("\\d+[a-z]+") ? Instant.now().minus(duration(text)) : instant(text);
  }
}

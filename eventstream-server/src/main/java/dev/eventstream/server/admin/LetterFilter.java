package dev.eventstream.server.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.eventstream.server.http.RequestErrorException;
import dev.eventstream.spi.DeadLetter;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Selects dead letters; a component that is null selects all.
 *
 * @param type the event type
 * @param reason a part of the reason, in any case
 * @param id the ID of the document
 * @param since the earliest first attempt
 * @param until the first attempt is before it
 */
public record LetterFilter(
    @Nullable String type,
    @Nullable String reason,
    @Nullable String id,
    @Nullable Instant since,
    @Nullable Instant until) {
  static final List<String> NAMES = List.of("type", "reason", "id", "since", "until");

  private static final Pattern AGO = Pattern.compile("(\\d{1,6})(s|m|min|h|d)");

  /**
   * Reads a filter.
   *
   * @param values the values by name; null: none
   * @param now what durations go back from
   * @throws RequestErrorException if a value is not valid
   */
  public static LetterFilter of(Function<String, @Nullable String> values, Instant now)
      throws RequestErrorException {
    for (String name : NAMES) {
      String value = values.apply(name);
      if (value != null && value.isEmpty()) {
        throw Parameters.bad(name + " is empty; write a value, or leave it out");
      }
    }
    LetterFilter filter =
        new LetterFilter(
            values.apply("type"),
            values.apply("reason"),
            values.apply("id"),
            time("since", values.apply("since"), now),
            time("until", values.apply("until"), now));
    if (filter.since != null && filter.until != null && !filter.since.isBefore(filter.until)) {
      throw Parameters.bad(
          "until is \""
              + values.apply("until")
              + "\", which is not after since, \""
              + values.apply("since")
              + "\"; exchange them, or leave one out");
    }
    return filter;
  }

  private static @Nullable Instant time(String name, @Nullable String value, Instant now)
      throws RequestErrorException {
    if (value == null) {
      return null;
    }
    Matcher ago = AGO.matcher(value);
    if (ago.matches()) {
      long number = Long.parseLong(ago.group(1));
      return now.minus(
          switch (ago.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m", "min" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
          });
    }
    try {
      return OffsetDateTime.parse(value).toInstant();
    } catch (DateTimeException e) {
      throw Parameters.bad(
          name
              + " is \""
              + value
              + "\"; write a time such as 2026-05-04T10:15:00Z, or how long ago, such as 90s,"
              + " 30min, 2h or 7d");
    }
  }

  boolean selectsAll() {
    return type == null && reason == null && id == null && since == null && until == null;
  }

  /** As a predicate; the cheapest comparisons come first. */
  public Predicate<DeadLetter> predicate() {
    Predicate<DeadLetter> all = letter -> true;
    if (since != null) {
      all = all.and(DeadLetter.since(since));
    }
    if (until != null) {
      all = all.and(DeadLetter.until(until));
    }
    if (id != null) {
      all = all.and(DeadLetter.withId(id));
    }
    if (reason != null) {
      all = all.and(DeadLetter.withReason(reason));
    }
    return type == null ? all : all.and(DeadLetter.ofType(type));
  }

  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    write(json, "type", type);
    write(json, "reason", reason);
    write(json, "id", id);
    write(json, "since", since);
    write(json, "until", until);
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String name, @Nullable Object value)
      throws IOException {
    if (value != null) {
      json.writeStringField(name, value.toString());
    }
  }
}

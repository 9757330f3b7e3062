package dev.eventstream.server.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How the text of a setting is parsed.
 *
 * @param name the type in a few words, for the documentation
 * @param range the valid values; empty: all of the type
 * @param parser throws an {@link IllegalArgumentException} that says what to write instead
 * @param secret whether values are never shown
 * @param words the valid values, if they are a few words; for completion
 */
record ValueType<T>(
    String name, String range, Function<String, T> parser, boolean secret, List<String> words) {

  static <T> ValueType<T> of(String name, String range, Function<String, T> parser) {
    return new ValueType<>(name, range, parser, false, List.of());
  }

  /** The same for values that are never shown. */
  ValueType<T> asSecret() {
    return new ValueType<>(name, range, parser, true, words);
  }

  /** What to write instead of a value that must not be shown. */
  String remedy() {
    return "write a " + name + (range.isEmpty() ? "" : ", " + range);
  }

  static ValueType<String> text() {
    return of("text", "", text -> text);
  }

  static ValueType<Integer> integer(int min, int max) {
    String range = max == Integer.MAX_VALUE ? "at least " + min : "from " + min + " to " + max;
    String shown = range.startsWith("from ") ? range.substring(5) : range;
    return of("whole number", shown, text -> number(text, min, max, range));
  }

  private static int number(String text, int min, int max, String range) {
    String remedy = "write a whole number " + (range.startsWith("from") ? "" : "of ") + range;
    try {
      int number = Integer.parseInt(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(remedy, e);
    }
    throw new IllegalArgumentException(remedy);
  }

  static ValueType<Long> bytes(long min, long max) {
    String range =
        max == Long.MAX_VALUE
            ? "at least " + shownBytes(min)
            : shownBytes(min) + " to " + shownBytes(max);
    return of("bytes", range, text -> bytes(text, min, max, range));
  }

  private static long bytes(String text, long min, long max, String range) {
    Matcher matcher = Pattern.compile("(\\d{1,15}) ?(|KiB|MiB|GiB|TiB)").matcher(text);
    if (matcher.matches()) {
      int power = List.of("", "KiB", "MiB", "GiB", "TiB").indexOf(matcher.group(2));
      long number = Long.parseLong(matcher.group(1));
      if (number <= Long.MAX_VALUE >> (10 * power)) {
        long bytes = number << (10 * power);
        if (bytes >= min && bytes <= max) {
          return bytes;
        }
      }
    }
    throw new IllegalArgumentException(
        "write a number of bytes, " + range + ", such as 512MiB or 1GiB");
  }

  private static String shownBytes(long bytes) {
    String[] units = {"", "KiB", "MiB", "GiB"};
    int unit = 0;
    long number = bytes;
    while (number > 0 && number % 1024 == 0 && unit < units.length - 1) {
      number /= 1024;
      unit++;
    }
    return number + units[unit];
  }

  static ValueType<Duration> time(Duration min, Duration max) {
    String range = shownTime(min) + " to " + shownTime(max);
    return of("time", range, text -> time(text, min, max, range));
  }

  private static Duration time(String text, Duration min, Duration max, String range) {
    Matcher matcher = Pattern.compile("(\\d{1,9}) ?(ms|s|min|h|d)").matcher(text);
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      Duration time =
          switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "min" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
          };
      if (time.compareTo(min) >= 0 && time.compareTo(max) <= 0) {
        return time;
      }
    }
    throw new IllegalArgumentException(
        "write a time from " + range + ", such as 500ms, 2s, 1min or 30d");
  }

  private static String shownTime(Duration time) {
    if (time.toMillis() % 1000 != 0) {
      return time.toMillis() + "ms";
    }
    if (time.toSeconds() % 60 != 0 || time.isZero()) {
      return time.toSeconds() + "s";
    }
    if (time.toMinutes() % 60 != 0 || time.toHours() <= 24) {
      return time.toMinutes() + "min";
    }
    return time.toHours() % 24 == 0 ? time.toDays() + "d" : time.toHours() + "h";
  }

  /** One of two words. */
  static <T> ValueType<T> choice(String first, T firstValue, String second, T secondValue) {
    return choice(
        List.of(first, second),
        Map.of(first, firstValue, second, secondValue),
        "write \"" + first + "\" or \"" + second + "\"",
        "`" + first + "` or `" + second + "`");
  }

  /** One of three words. */
  static <T> ValueType<T> choice(
      String first, T firstValue, String second, T secondValue, String third, T thirdValue) {
    return choice(
        List.of(first, second, third),
        Map.of(first, firstValue, second, secondValue, third, thirdValue),
        "write \"" + first + "\", \"" + second + "\" or \"" + third + "\"",
        "`" + first + "`, `" + second + "` or `" + third + "`");
  }

  private static <T> ValueType<T> choice(
      List<String> words, Map<String, T> values, String remedy, String range) {
    Function<String, T> parser =
        text -> {
          T value = values.get(text);
          if (value == null) {
            throw new IllegalArgumentException(remedy);
          }
          return value;
        };
    return new ValueType<>("word", range, parser, false, words);
  }

  static ValueType<Path> path() {
    return of("path", "", Path::of);
  }

  static ValueType<Path> directory() {
    return of(
        "directory",
        "",
        text -> {
          Path path = Path.of(text);
          if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException("there is no such directory; create it or unset it");
          }
          return path;
        });
  }

  /**
   * An existing file.
   *
   * @param remedy what to do if it does not exist
   */
  static ValueType<Path> file(String remedy) {
    return of(
        "file",
        "",
        text -> {
          Path path = Path.of(text);
          if (!Files.isRegularFile(path)) {
            String fault = Files.isDirectory(path) ? "it is a directory" : "there is no such file";
            throw new IllegalArgumentException(fault + "; " + remedy);
          }
          return path;
        });
  }

  /**
   * Several values, separated by commas.
   *
   * @param range the valid values
   * @param parser throws like {@link #parser}
   */
  static <T> ValueType<T> list(String range, Function<List<String>, T> parser) {
    return of("list", range, text -> parser.apply(split(text)));
  }

  private static List<String> split(String text) {
    return Stream.of(text.split(","))
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .collect(Collectors.toUnmodifiableList());
  }
}

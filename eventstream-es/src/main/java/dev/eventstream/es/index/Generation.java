package dev.eventstream.es.index;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of the indices that continue each other: {@code events-click-000002} is the second generation
 * of {@code events-click}. The form is that of the engines' own rollover.
 *
 * @param index the name without the number
 * @param number from 1; 0: an index without a number
 */
public record Generation(String index, int number) {
  private static final Pattern NAME = Pattern.compile("(.+)-(\\d{6,9})");

  /** What {@link #name} appends to the name of an index. */
  public static final String FIRST = "-000001";

  /** Reads the name of an index; empty if it has no number. */
  public static Optional<Generation> read(String name) {
    Matcher parts = NAME.matcher(name);
    return parts.matches()
        ? Optional.of(new Generation(parts.group(1), Integer.parseInt(parts.group(2))))
        : Optional.empty();
  }

  /** Returns the generation that follows this one. */
  public Generation next() {
    return new Generation(index, number + 1);
  }

  /** Returns the name of the index in the cluster. */
  public String name() {
    return number == 0 ? index : String.format(Locale.ROOT, "%s-%06d", index, number);
  }
}

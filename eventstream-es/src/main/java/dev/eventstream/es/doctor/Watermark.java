package dev.eventstream.es.doctor;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The settings {@code cluster.routing.allocation.disk.watermark.*} of engines. */
final class Watermark {
  private static final Pattern SIZE = Pattern.compile("([0-9.]+)([kmgtp]?)b");
  private static final Map<String, Integer> SHIFTS =
      Map.of("", 0, "k", 10, "m", 20, "g", 30, "t", 40, "p", 50);

  private Watermark() {}

  /**
   * Returns how many bytes have to be free on a disk; 0 if the setting has an unknown form.
   *
   * @param mark a used part such as {@code 85%} or {@code 0.85}, or a free size such as {@code
   *     10gb}
   * @param headroom the most that has to be free if the mark is a part; an empty one and {@code
   *     -1}: no bound
   * @param total the size of the disk in bytes
   */
  static long minFree(String mark, String headroom, long total) {
    Matcher size = SIZE.matcher(mark.toLowerCase(Locale.ROOT));
    try {
      if (size.matches()) {
        return bytes(size);
      }
      double used =
          mark.endsWith("%")
              ? Double.parseDouble(mark.substring(0, mark.length() - 1)) / 100
              : Double.parseDouble(mark);
      long free = Math.round(total * (1 - used));
      Matcher bound = SIZE.matcher(headroom.toLowerCase(Locale.ROOT));
      return bound.matches() ? Math.min(free, bytes(bound)) : free;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static long bytes(Matcher size) {
    Integer shift = SHIFTS.get(size.group(2));
    return (long) (Double.parseDouble(size.group(1)) * (1L << (shift == null ? 0 : shift)));
  }
}

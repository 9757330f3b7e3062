package dev.eventstream.internal.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.internal.text.JsonStrings;
import java.util.Arrays;

/**
 * The name of a member, compared in place; it is copied only if it has escapes.
 *
 * @param bytes contains the name without escapes
 * @param start where it begins
 * @param end where it ends, exclusive
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RawName(byte[] bytes, int start, int end) {
  static RawName of(byte[] json, int start, int end) {
    for (int i = start; i < end; i++) {
      if (json[i] == '\\') {
        byte[] plain = JsonStrings.unescape(json, start, end).getBytes(UTF_8);
        return new RawName(plain, 0, plain.length);
      }
    }
    return new RawName(json, start, end);
  }

  /**
   * Compares the part that begins here and ends at a dot or at the end.
   *
   * @return where the next part begins, {@code end + 1} after the last one, or -1 if it differs
   */
  int afterPart(int from, byte[] part) {
    int to = from + part.length;
    boolean equal =
        to <= end
            && Arrays.equals(bytes, from, to, part, 0, part.length)
            && (to == end || bytes[to] == '.');
    return equal ? to + 1 : -1;
  }

  String text(int from, int to) {
    return new String(bytes, from, to - from, UTF_8);
  }
}

package dev.eventstream.internal.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.internal.text.JsonStrings;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names on the way to a member. A dot in a name separates names as an object does, because an
 * engine makes no difference either: {@code "a.b":1} and {@code "a":{"b":1}} are the same member.
 * Immutable and thread-safe.
 */
public final class MemberPath {
  private final byte[][] names;

  private MemberPath(byte[][] names) {
    this.names = names;
  }

  /**
   * Parses a path such as {@code user.address.city}.
   *
   * @throws IllegalArgumentException if a name is empty
   */
  public static MemberPath parse(String path) {
    String[] parts = path.split("\\.", -1);
    if (List.of(parts).contains("")) {
      throw new IllegalArgumentException(
          "the path \""
              + path
              + "\" has an empty name; write the names of members, separated by dots, such as"
              + " user.address.city");
    }
    return new MemberPath(
        Arrays.stream(parts).map(name -> name.getBytes(UTF_8)).toArray(byte[][]::new));
  }

  List<byte[]> names() {
    return List.of(names);
  }

  /**
   * Returns the content of the member's string, or the JSON of its value if it is none; null if
   * there is no such member.
   *
   * @param json contains a valid event
   * @param start position of its opening brace
   */
  public @Nullable String textIn(byte[] json, int start) {
    int value = find(json, start, 0);
    return value < 0 ? null : text(json, value, ValidJson.valueEnd(json, value));
  }

  static String text(byte[] json, int start, int end) {
    return json[start] == '"'
        ? JsonStrings.unescape(json, start + 1, end - 1)
        : new String(json, start, end - start, UTF_8);
  }

  /** Returns where the value is, or -1. */
  private int find(byte[] json, int object, int depth) {
    int p = ValidJson.skipBlanks(json, object + 1);
    while (json[p] != '}') {
      int nameEnd = ValidJson.stringEnd(json, p + 1);
      int value = ValidJson.valueStart(json, nameEnd);
      int matched = matched(RawName.of(json, p + 1, nameEnd), depth);
      if (matched == names.length) {
        return value;
      }
      if (matched > depth && json[value] == '{') {
        int found = find(json, value, matched);
        if (found >= 0) {
          return found;
        }
      }
      p = ValidJson.afterComma(json, ValidJson.valueEnd(json, value));
    }
    return -1;
  }

  /** Returns how many names are matched after a member's name, or {@code depth} if it differs. */
  private int matched(RawName name, int depth) {
    int at = name.start();
    for (int i = depth; i < names.length; i++) {
      at = name.afterPart(at, names[i]);
      if (at < 0) {
        return depth;
      }
      if (at > name.end()) {
        return i + 1;
      }
    }
    return depth;
  }
}

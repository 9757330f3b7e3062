package dev.eventstream.internal.json;

import dev.eventstream.internal.text.JsonStrings;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A top-level member of an event.
 *
 * @param name the name with escapes resolved
 * @param nameStart start of the name's content
 * @param nameEnd end of the name's content, exclusive
 */
public record OwnMember(String name, int nameStart, int nameEnd) {
  /**
   * Returns all top-level members in order.
   *
   * @param json contains a valid event
   * @param start position of its opening brace
   */
  public static List<OwnMember> all(byte[] json, int start) {
    List<OwnMember> members = new ArrayList<>();
    int p = ValidJson.skipBlanks(json, start + 1);
    while (json[p] != '}') {
      int nameEnd = ValidJson.stringEnd(json, p + 1);
      members.add(new OwnMember(JsonStrings.unescape(json, p + 1, nameEnd), p + 1, nameEnd));
      int valueEnd = ValidJson.valueEnd(json, ValidJson.valueStart(json, nameEnd));
      p = ValidJson.afterComma(json, valueEnd);
    }
    return members;
  }

  /** Appends underscores to a name until it is not in {@code taken}. */
  public static String free(String name, Set<String> taken) {
    String free = name;
    while (taken.contains(free)) {
      free += "_";
    }
    return free;
  }
}

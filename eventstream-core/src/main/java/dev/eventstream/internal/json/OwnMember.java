package dev.eventstream.internal.json;

import dev.eventstream.internal.text.JsonStrings;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A member of an event itself, not of an object within.
 *
 * @param name its name, escapes resolved
 * @param nameStart where the name's content is written
 * @param nameEnd where that ends, exclusive
 */
public record OwnMember(String name, int nameStart, int nameEnd) {
  /**
   * All of them, in order.
   *
   * @param json holds a valid event
   * @param start where its opening brace is
   */
  public static List<OwnMember> all(byte[] json, int start) {
    List<OwnMember> members = new ArrayList<>();
    int p = ValidJson.skipBlanks(json, start + 1);
    while (json[p] != '}') {
      int nameEnd = ValidJson.stringEnd(json, p + 1);
      members.add(new OwnMember(JsonStrings.unescape(json, p + 1, nameEnd), p + 1, nameEnd));
      int valueEnd = ValidJson.valueEnd(json, ValidJson.valueStart(json, nameEnd));
      p = ValidJson.behindComma(json, valueEnd);
    }
    return members;
  }

  /** The name, with as many underscores behind it as make it none of those that are taken. */
  public static String free(String name, Set<String> taken) {
    String free = name;
    while (taken.contains(free)) {
      free += "_";
    }
    return free;
  }
}

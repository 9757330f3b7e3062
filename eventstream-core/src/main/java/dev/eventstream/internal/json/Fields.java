package dev.eventstream.internal.json;

import dev.eventstream.internal.text.JsonStrings;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts the distinct fields of an event as an engine counts them for its mappings: each path of
 * names, including the paths of inner objects. Elements of an array share their fields; {@code
 * "a.b":1} is the same as {@code "a":{"b":1}}.
 *
 * <p>Allocates, and is therefore used only for the few events that {@link EventLayout} does not
 * show to be small.
 */
public final class Fields {
  private static final class Field {
    final Map<String, Field> inner =
        new HashMap<>(); // strings are compared, so colliding hashes do not help an attacker
  }

  private final byte[] json;
  private final int most;
  private int count;

  private Fields(byte[] json, int most) {
    this.json = json;
    this.most = most;
  }

  /**
   * Returns whether an event has more than {@code most} fields.
   *
   * @param json contains a valid event
   * @param start position of its opening brace
   */
  public static boolean moreThan(int most, byte[] json, int start) {
    Fields fields = new Fields(json, most);
    fields.value(start, new Field());
    return fields.count > most;
  }

  /** Counts the new fields below a field; returns the end of the value. */
  private int value(int start, Field field) {
    return switch (json[start]) {
      case '{' -> object(start, field);
      case '[' -> array(start, field);
      default -> ValidJson.valueEnd(json, start);
    };
  }

  private int object(int start, Field field) {
    int p = ValidJson.skipBlanks(json, start + 1);
    while (json[p] != '}') {
      int nameEnd = ValidJson.stringEnd(json, p + 1);
      Field inner = inner(field, JsonStrings.unescape(json, p + 1, nameEnd));
      p = ValidJson.afterComma(json, value(ValidJson.valueStart(json, nameEnd), inner));
    }
    return p + 1;
  }

  private Field inner(Field field, String name) {
    Field inner = field;
    for (String part : name.split("\\.", -1)) {
      if (count > most) {
        return field; // the answer is known; stopping here bounds the memory
      }
      inner = inner.inner.computeIfAbsent(part, this::added);
    }
    return inner;
  }

  private int array(int start, Field field) {
    int p = ValidJson.skipBlanks(json, start + 1);
    while (json[p] != ']') {
      p = ValidJson.afterComma(json, value(p, field));
    }
    return p + 1;
  }

  private Field added(String name) {
    count++;
    return new Field();
  }
}

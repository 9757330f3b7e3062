package dev.eventstream.internal.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.eventstream.internal.text.JsonStrings;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Changes of members by their paths, made in one pass over the bytes of an event. A path leads
 * through arrays to the members of all their elements. An event without such members is not copied.
 * Immutable and thread-safe.
 */
public final class MemberEdits {

  /** What is done with a member. */
  public sealed interface Edit {
    /** Removes the member. */
    record Remove() implements Edit {}

    /** Replaces the last name of the path. */
    record Rename(String name) implements Edit {}

    /** Replaces the value by a text, whatever it is. */
    record Mask(String text) implements Edit {}

    /**
     * Replaces the text of the value, which is the JSON of anything but a string; in an array, of
     * each element.
     */
    record Replace(UnaryOperator<String> text) implements Edit {}
  }

  /** The members with the same name at the same depth. */
  private static final class Node {
    final byte[] name;
    final List<Node> inner = new ArrayList<>(0);
    @Nullable Edit edit;

    Node(byte[] name) {
      this.name = name;
    }

    Node inner(byte[] innerName) {
      for (Node node : inner) {
        if (Arrays.equals(node.name, innerName)) {
          return node;
        }
      }
      Node added = new Node(innerName);
      inner.add(added);
      return added;
    }

    /**
     * Finds the node of a member's name, whose dots are levels. What is done with a member is also
     * done with one whose name leads below it: {@code user} and {@code "user.mail":…}.
     */
    @Nullable Match find(RawName member, int from) {
      for (Node node : inner) {
        int next = member.afterPart(from, node.name);
        if (next < 0) {
          continue;
        }
        if (next > member.end() || node.edit != null) {
          return new Match(node, from, next - 1);
        }
        Match found = node.find(member, next);
        if (found != null) {
          return found;
        }
      }
      return null;
    }
  }

  /**
   * The node of a member.
   *
   * @param start where the part of the name begins that belongs to the node
   * @param end where it ends, exclusive
   */
  private record Match(Node node, int start, int end) {}

  private final Node root = new Node(new byte[0]);

  /**
   * Creates edits.
   *
   * @param byPath by the path of the member, see {@link MemberPath}
   */
  public MemberEdits(Map<String, ? extends Edit> byPath) {
    byPath.forEach(
        (path, edit) -> {
          Node node = root;
          for (byte[] name : MemberPath.parse(path).names()) {
            node = node.inner(name);
          }
          node.edit = edit;
        });
  }

  /**
   * Returns the changed event, or null if it has none of the members and nothing is appended.
   *
   * @param json contains a valid event
   * @param start position of its opening brace
   * @param end end of the event, exclusive
   * @param appended members to append, each with a comma before it
   */
  public byte @Nullable [] apply(byte[] json, int start, int end, byte[] appended) {
    Pass pass = new Pass(json, start, end - start + appended.length);
    pass.object(start, root);
    if (pass.out == null && appended.length == 0) {
      return null;
    }
    ByteArrayOutputStream out = pass.copyTo(end - 1);
    out.writeBytes(appended);
    out.write('}');
    return out.toByteArray();
  }

  private static final class Pass {
    final byte[] json;
    @Nullable ByteArrayOutputStream out; // null: nothing was changed so far
    private int from; // what follows is not copied yet

    private final int size;

    Pass(byte[] json, int start, int size) {
      this.json = json;
      this.from = start;
      this.size = size;
    }

    ByteArrayOutputStream copyTo(int to) {
      ByteArrayOutputStream copy = out;
      if (copy == null) {
        copy = new ByteArrayOutputStream(size);
        out = copy;
      }
      copy.write(json, from, to - from);
      from = to;
      return copy;
    }

    /** Edits the members of an object; returns its end. */
    int object(int start, Node node) {
      int p = ValidJson.skipBlanks(json, start + 1);
      int keptEnd = start + 1; // end of the last member that stays, or of the brace
      boolean kept = false;
      boolean gap = false; // whether a member was removed after keptEnd
      while (json[p] != '}') {
        int nameEnd = ValidJson.stringEnd(json, p + 1);
        int valueStart = ValidJson.valueStart(json, nameEnd);
        RawName name = RawName.of(json, p + 1, nameEnd);
        Match member = node.find(name, name.start());
        if (member != null && member.node.edit instanceof Edit.Remove) {
          gap = true;
          p = ValidJson.afterComma(json, ValidJson.valueEnd(json, valueStart));
          continue;
        }
        if (gap) {
          close(keptEnd, p, kept);
          gap = false;
        }
        keptEnd =
            member == null
                ? ValidJson.valueEnd(json, valueStart)
                : member(member, name, p, nameEnd, valueStart);
        kept = true;
        p = ValidJson.afterComma(json, keptEnd);
      }
      if (gap) {
        close(keptEnd, p, false);
      }
      return p + 1;
    }

    /** Leaves out what is between two positions. */
    private void close(int keptEnd, int next, boolean comma) {
      ByteArrayOutputStream copy = copyTo(keptEnd);
      if (comma) {
        copy.write(',');
      }
      from = next;
    }

    /** Edits a member that stays; returns the end of its value. */
    private int member(Match match, RawName name, int quote, int nameEnd, int valueStart) {
      Edit edit = match.node.edit;
      if (edit instanceof Edit.Rename rename) {
        String renamed =
            name.text(name.start(), match.start) + rename.name() + name.text(match.end, name.end());
        replace(quote, nameEnd + 1, JsonStrings.quote(renamed));
      } else if (edit instanceof Edit.Mask mask) {
        int end = ValidJson.valueEnd(json, valueStart);
        replace(valueStart, end, JsonStrings.quote(mask.text()));
        return end;
      } else if (edit instanceof Edit.Replace replacement) {
        return text(valueStart, replacement.text());
      }
      return value(valueStart, match.node);
    }

    private void replace(int start, int end, String by) {
      copyTo(start).writeBytes(by.getBytes(UTF_8));
      from = end;
    }

    private int text(int start, UnaryOperator<String> by) {
      if (json[start] == '[') {
        int p = ValidJson.skipBlanks(json, start + 1);
        while (json[p] != ']') {
          p = ValidJson.afterComma(json, text(p, by));
        }
        return p + 1;
      }
      int end = ValidJson.valueEnd(json, start);
      String text = requireNonNull(by.apply(MemberPath.text(json, start, end)), "replacement");
      replace(start, end, JsonStrings.quote(text));
      return end;
    }

    /** Edits what is below a value; returns its end. */
    private int value(int start, Node node) {
      if (node.inner.isEmpty() || (json[start] != '{' && json[start] != '[')) {
        return ValidJson.valueEnd(json, start);
      }
      if (json[start] == '{') {
        return object(start, node);
      }
      int p = ValidJson.skipBlanks(json, start + 1);
      while (json[p] != ']') {
        p = ValidJson.afterComma(json, value(p, node));
      }
      return p + 1;
    }
  }
}

package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Reads JSON with Jackson as tokens, so that numbers are compared by their digits. */
final class Jackson {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  /** Elements need not be events: only the input as a whole must be JSON. */
  private static final JsonFactory LENIENT =
      FACTORY.rebuild().disable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /** A member of an object, its value as tokens. */
  record Member(String name, List<String> value) {
    static Member text(String name, String value) {
      return new Member(name, List.of("VALUE_STRING " + value));
    }
  }

  private Jackson() {}

  /** Returns the members of one object; fails for any other input. */
  static List<Member> members(byte[] json) throws IOException {
    List<Member> members = new ArrayList<>();
    try (JsonParser parser = FACTORY.createParser(text(json))) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("no object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        List<String> value = new ArrayList<>();
        int depth = 0;
        do {
          JsonToken token = parser.nextToken();
          if (token == null) {
            throw new IOException("ends early");
          }
          depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
          value.add(token + " " + parser.getText());
        } while (depth > 0);
        members.add(new Member(name, value));
      }
      if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
        throw new IOException("not one object");
      }
    }
    return members;
  }

  /** Returns the elements of a well-formed array; empty for any other input. */
  static Optional<List<byte[]>> elements(byte[] json) {
    try {
      String text = text(json);
      try (JsonParser parser = LENIENT.createParser(text)) {
        if (parser.nextToken() != JsonToken.START_ARRAY) {
          return Optional.empty();
        }
        List<byte[]> elements = values(parser, text);
        boolean whole = parser.currentToken() == JsonToken.END_ARRAY && parser.nextToken() == null;
        return whole ? Optional.of(elements) : Optional.empty();
      }
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Returns the objects of a well-formed sequence; empty for any other input. */
  static Optional<List<byte[]>> sequence(byte[] json) {
    try {
      String text = text(json);
      try (JsonParser parser = LENIENT.createParser(text)) {
        List<byte[]> objects = values(parser, text);
        boolean all = objects.stream().allMatch(object -> object[0] == '{');
        return all ? Optional.of(objects) : Optional.empty();
      }
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static List<byte[]> values(JsonParser parser, String text) throws IOException {
    List<byte[]> values = new ArrayList<>();
    JsonToken token = parser.nextToken();
    while (token != null && token != JsonToken.END_ARRAY) {
      int start = (int) parser.currentTokenLocation().getCharOffset();
      parser.skipChildren();
      parser.finishToken();
      int end = (int) parser.currentLocation().getCharOffset();
      values.add(text.substring(start, end).getBytes(UTF_8));
      token = parser.nextToken();
    }
    return values;
  }

  /**
   * Decodes the bytes first, because Jackson guesses UTF-16 and UTF-32 and reads UTF-8 leniently.
   */
  private static String text(byte[] json) throws IOException {
    return UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
  }

  /**
   * Returns whether this is an event. Intentionally stricter than Jackson: no unpaired surrogates,
   * which Jackson accepts if escaped, no more than 64 levels, dots in names counted, and no names
   * longer than 512 bytes.
   */
  static boolean isEvent(byte[] json) {
    try {
      List<Member> members = members(json);
      boolean type = members.stream().anyMatch(m -> isText(m, "eventType"));
      boolean value = members.stream().anyMatch(m -> isText(m, "eventValue"));
      return type && value && members.stream().allMatch(Jackson::isAllowed);
    } catch (IOException e) {
      return false;
    }
  }

  static boolean hasMember(List<Member> members, String name) {
    return members.stream().anyMatch(member -> member.name.equals(name));
  }

  private static boolean isText(Member member, String name) {
    return member.name.equals(name) && member.value.get(0).startsWith("VALUE_STRING ");
  }

  private static boolean isAllowed(Member member) {
    Deque<Integer> open = new ArrayDeque<>(); // the number of levels that each object or array adds
    int depth = 1;
    int dots = dots(member.name);
    boolean allowed = isAllowedName(member.name, depth);
    for (String token : member.value) {
      if (token.startsWith("FIELD_NAME ")) {
        String name = token.substring("FIELD_NAME ".length());
        allowed &= isAllowedName(name, depth);
        dots = dots(name);
      } else if (token.startsWith("START_")) {
        open.push(1 + dots);
        depth += 1 + dots;
        dots = 0;
      } else if (token.startsWith("END_")) {
        depth -= open.pop();
      }
      allowed &= depth <= EventReader.MAX_DEPTH && !isHalved(token);
    }
    return allowed;
  }

  private static boolean isAllowedName(String name, int depth) {
    return !isHalved(name)
        && name.getBytes(UTF_8).length <= 512
        && depth + dots(name) <= EventReader.MAX_DEPTH;
  }

  private static int dots(String name) {
    return name.split("\\.", -1).length - 1;
  }

  private static boolean isHalved(String text) {
    return !UTF_8.newEncoder().canEncode(text);
  }
}

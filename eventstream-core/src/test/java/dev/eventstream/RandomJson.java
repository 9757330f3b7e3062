package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Generates events of any form that JSON allows, and damaged ones. */
final class RandomJson {
  private static final String BLANKS = "  \t\n\r";
  private static final String[] TEXT = {
    "a",
    "b",
    "eventType",
    "eventId",
    "@timestamp",
    "\\n",
    "\\u0061",
    "\\\"",
    "\\\\",
    "\\/",
    "\u00e9",
    "\u20ac",
    "\ud83d\ude00",
    "\\ud83d\\ude00",
    "\\u20AC",
    ",",
    "{",
    "}",
    "[",
    "]",
    ":",
    " ",
    ".",
    "\\u002e",
    "_",
    "\u007f",
    "\u2028"
  };
  private static final String[] NUMBERS = {
    "0",
    "-0",
    "1",
    "-17",
    "1.50",
    "0.1e-2",
    "1E400",
    "1e+5",
    "123456789012345678901234567890",
    "-0.0"
  };

  private final Random random;

  RandomJson(Random random) {
    this.random = random;
  }

  /** Returns an event as JSON, with the given members and arbitrary ones in any order. */
  byte[] event(String... members) {
    List<String> all = new ArrayList<>(List.of(members));
    Set<String> names = new HashSet<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      String name = "m" + string(); // not a name with a meaning
      if (names.add(unescaped(name))) {
        all.add(blanks() + "\"" + name + "\"" + blanks() + ":" + blanks() + value(0) + blanks());
      }
    }
    Collections.shuffle(all, random);
    return ("{" + String.join(",", all) + "}").getBytes(UTF_8);
  }

  byte[] event() {
    return event(member("eventType"), member("eventValue"));
  }

  /** Returns a member with a random text as its value. */
  String member(String name) {
    return blanks() + "\"" + name + "\"" + blanks() + ":" + blanks() + "\"" + string() + "\"";
  }

  String value(int depth) {
    return switch (random.nextInt(depth < 4 ? 7 : 5)) {
      case 0 -> NUMBERS[random.nextInt(NUMBERS.length)];
      case 1 -> "true";
      case 2 -> "null";
      case 3, 4 -> "\"" + string() + "\"";
      case 5 -> {
        List<String> elements = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          elements.add(blanks() + value(depth + 1) + blanks());
        }
        yield "[" + String.join(",", elements) + "]";
      }
      default -> {
        List<String> members = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          String name = string();
          if (names.add(unescaped(name))) {
            members.add(blanks() + "\"" + name + "\":" + value(depth + 1));
          }
        }
        yield "{" + String.join(",", members) + blanks() + "}";
      }
    };
  }

  /** Returns the content of a string. */
  String string() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(4); i > 0; i--) {
      text.append(TEXT[random.nextInt(TEXT.length)]);
    }
    return text.toString();
  }

  String blanks() {
    return random.nextInt(3) > 0
        ? ""
        : String.valueOf(BLANKS.charAt(random.nextInt(BLANKS.length())));
  }

  /** Returns the input with some damage, or with a harmless change. */
  byte[] damaged(byte[] json) {
    byte[] bytes = json;
    for (int i = 1 + random.nextInt(2); i > 0; i--) {
      int at = random.nextInt(bytes.length + 1);
      bytes =
          switch (random.nextInt(8)) {
            case 0 -> with(bytes, at, 1, new byte[] {(byte) random.nextInt(256)});
            case 1 -> with(bytes, at, 0, new byte[] {(byte) random.nextInt(256)});
            case 2 -> with(bytes, at, 1, new byte[0]);
            case 3 ->
                with(bytes, at, 0, pick("{", "}", "[", "]", ",", ":", "\"", "\\", " ", "0", "e"));
            case 4 ->
                with(bytes, at, 1, pick("{", "}", "[", "]", ",", ":", "\"", "\\", " ", "0", "-"));
            case 5 ->
                with(
                    bytes,
                    at,
                    0,
                    pick("\\ud83d", "\\ude00", "\\u0061", "\u00e9", ",\"\":1", "null", "1.5"));
            case 6 -> Arrays.copyOf(bytes, at);
            default -> flipped(bytes, at);
          };
    }
    return bytes;
  }

  private byte[] pick(String... choices) {
    return choices[random.nextInt(choices.length)].getBytes(UTF_8);
  }

  private byte[] flipped(byte[] bytes, int at) {
    byte[] copy = bytes.clone();
    if (at < copy.length) {
      copy[at] ^= (byte) (1 << random.nextInt(8));
    }
    return copy;
  }

  private static byte[] with(byte[] bytes, int at, int removed, byte[] added) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, at);
    out.writeBytes(added);
    int from = Math.min(bytes.length, at + removed);
    out.write(bytes, from, bytes.length - from);
    return out.toByteArray();
  }

  private static String unescaped(String content) {
    byte[] bytes = content.getBytes(UTF_8);
    return dev.eventstream.internal.text.JsonStrings.unescape(bytes, 0, bytes.length);
  }
}

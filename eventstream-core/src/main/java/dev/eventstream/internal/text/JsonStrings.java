package dev.eventstream.internal.text;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Converts strings from and to their JSON form. */
public final class JsonStrings {
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private JsonStrings() {}

  /** Decodes the content of a string that a scanner has validated. */
  public static String unescape(byte[] json, int start, int end) {
    String raw = new String(json, start, end - start, UTF_8);
    int escape = raw.indexOf('\\');
    if (escape < 0) {
      return raw;
    }
    StringBuilder text = new StringBuilder(raw.length());
    int from = 0;
    while (escape >= 0) {
      text.append(raw, from, escape);
      char c = raw.charAt(escape + 1);
      from = escape + 2;
      switch (c) {
        case 'b' -> text.append('\b');
        case 'f' -> text.append('\f');
        case 'n' -> text.append('\n');
        case 'r' -> text.append('\r');
        case 't' -> text.append('\t');
        case 'u' -> {
          text.append((char) Integer.parseInt(raw, from, from + 4, 16));
          from += 4;
        }
        default -> text.append(c);
      }
      escape = raw.indexOf('\\', from);
    }
    return text.append(raw, from, raw.length()).toString();
  }

  /** Returns the text as a JSON string with quotes. */
  public static String quote(String text) {
    StringBuilder json = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < 0x20 || isLoneSurrogate(text, i)) {
        json.append("\\u")
            .append(HEX[c >> 12])
            .append(HEX[c >> 8 & 0xF])
            .append(HEX[c >> 4 & 0xF])
            .append(HEX[c & 0xF]);
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }

  /**
   * Returns whether a text contains an unpaired surrogate, so that it cannot be written as UTF-8.
   */
  public static boolean hasLoneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i)) && isLoneSurrogate(text, i)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isLoneSurrogate(String text, int i) {
    char c = text.charAt(i);
    if (Character.isHighSurrogate(c)) {
      return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
    }
    return Character.isLowSurrogate(c)
        && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
  }
}

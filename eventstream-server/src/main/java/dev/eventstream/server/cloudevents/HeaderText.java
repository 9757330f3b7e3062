package dev.eventstream.server.cloudevents;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/** Decodes header values as the HTTP binding of CloudEvents encodes them (section 3.1.3.2). */
final class HeaderText {
  private HeaderText() {}

  /**
   * Removes quotes and percent-encoding.
   *
   * @param value one character per byte; bytes that are UTF-8, as some clients send, are decoded as
   *     UTF-8
   */
  static String decode(String value) {
    byte[] encoded = unquoted(value).getBytes(ISO_8859_1);
    ByteArrayOutputStream decoded = new ByteArrayOutputStream(encoded.length);
    for (int i = 0; i < encoded.length; i++) {
      int high = encoded[i] == '%' && i + 2 < encoded.length ? digit(encoded[i + 1]) : -1;
      int low = high >= 0 ? digit(encoded[i + 2]) : -1;
      if (low >= 0) {
        decoded.write(high << 4 | low);
        i += 2;
      } else {
        decoded.write(encoded[i]);
      }
    }
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(decoded.toByteArray())).toString();
    } catch (CharacterCodingException e) {
      return decoded.toString(ISO_8859_1);
    }
  }

  private static int digit(byte c) {
    return Character.digit(c, 16);
  }

  private static String unquoted(String value) {
    if (value.length() < 2 || !value.startsWith("\"") || !value.endsWith("\"")) {
      return value;
    }
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < value.length() - 1; i++) {
      if (value.charAt(i) == '\\' && i < value.length() - 2) {
        i++;
      }
      text.append(value.charAt(i));
    }
    return text.toString();
  }
}

package dev.eventstream;

import dev.eventstream.internal.json.EventScanner;
import dev.eventstream.spi.Rejection;
import org.jspecify.annotations.Nullable;

/** Detects input that is not an event, and explains it to the sender. */
final class InputFormat {
  private static final String COMPRESSED =
      "the input is compressed with %1$s: unpack it; over HTTP, say so with Content-Encoding: %1$s";

  private InputFormat() {}

  /** Returns what the first bytes are if they are not JSON in UTF-8, otherwise null. */
  static @Nullable InvalidEventException unreadable(byte[] in, int start, int end) {
    int length = end - start;
    int b0 = length > 0 ? in[start] & 0xFF : -1;
    int b1 = length > 1 ? in[start + 1] & 0xFF : -1;
    int b2 = length > 2 ? in[start + 2] & 0xFF : -1;
    int b3 = length > 3 ? in[start + 3] & 0xFF : -1;
    if (b0 == 0x1F && b1 == 0x8B) {
      return compressed("gzip");
    }
    if (b0 == 0x28 && b1 == 0xB5 && b2 == 0x2F && b3 == 0xFD) {
      return compressed("zstd");
    }
    if (b0 == 0x78 && (b1 == 0x01 || b1 == 0x9C || b1 == 0xDA)) {
      return compressed("deflate");
    }
    boolean marked = (b0 == 0xFF && b1 == 0xFE) || (b0 == 0xFE && b1 == 0xFF);
    // JSON text in UTF-8 never has two or three zeros among its first four bytes.
    boolean bigEndian = b0 == 0 && b2 == 0 && b3 > 0;
    boolean littleEndian = b0 > 0 && b1 == 0 && b3 == 0;
    if (marked || bigEndian || littleEndian) {
      return new InvalidEventException(
          Rejection.INVALID_UNICODE, "the input is UTF-16 or UTF-32: send it as UTF-8");
    }
    return null;
  }

  private static InvalidEventException compressed(String how) {
    return new InvalidEventException(Rejection.MALFORMED_JSON, COMPRESSED.formatted(how));
  }

  /** Explains why an event cannot begin with this byte. */
  static InvalidEventException noEvent(byte c) {
    return switch (c) {
      case ',' ->
          new InvalidEventException(
              Rejection.MALFORMED_JSON, "expected an event but found a comma: remove it");
      case ']' ->
          new InvalidEventException(
              Rejection.MALFORMED_JSON,
              "expected an event but found \"]\": remove the comma before it");
      case '"' -> notAnObject("a string");
      case '[' -> notAnObject("an array");
      case 't', 'f' -> notAnObject("true or false");
      case 'n' -> notAnObject("null");
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> notAnObject("a number");
      default ->
          new InvalidEventException(
              Rejection.MALFORMED_JSON,
              "expected an event, which begins with \"{\", but found " + EventScanner.shown(c));
    };
  }

  private static InvalidEventException notAnObject(String found) {
    return new InvalidEventException(
        Rejection.NOT_AN_OBJECT, "an event must be a JSON object but this looks like " + found);
  }
}

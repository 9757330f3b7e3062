package dev.eventstream.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * An HTTP/1.1 request or answer being forwarded: its head, and where its body ends. Copies are
 * identical to the original, byte by byte.
 */
final class HttpMessage {

  private static final int MOST_HEAD_BYTES = 64 * 1024;
  private static final int BUFFER_BYTES = 16 * 1024;

  private static final long CHUNKED = -1;
  private static final long UNTIL_THE_END = -2;

  private final byte[] head;
  private final List<String> lines;

  /** The number of bytes of the body, or one of the two constants above. */
  private final long length;

  private HttpMessage(byte[] head, boolean request, boolean toHead) throws IOException {
    this.head = head;
    this.lines =
        new String(head, StandardCharsets.ISO_8859_1).lines().filter(l -> !l.isEmpty()).toList();
    this.length = length(request, toHead);
  }

  /**
   * Reads the head of a request.
   *
   * @throws IOException if there is none or it is invalid
   */
  static HttpMessage request(InputStream in) throws IOException {
    return new HttpMessage(readHead(in), true, false);
  }

  /**
   * Reads the head of an answer.
   *
   * @param toHead whether it answers a HEAD request and therefore has no body, whatever its headers
   *     say
   * @throws IOException if there is none or it is invalid
   */
  static HttpMessage answer(InputStream in, boolean toHead) throws IOException {
    return new HttpMessage(readHead(in), false, toHead);
  }

  private static byte[] readHead(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream(512);
    boolean started = false; // empty lines before the first one are allowed
    while (true) {
      byte[] line = readLine(in);
      head.write(line);
      boolean empty = line.length <= 2 && new String(line, StandardCharsets.ISO_8859_1).isBlank();
      if (empty && started) {
        return head.toByteArray();
      }
      started |= !empty;
      if (head.size() > MOST_HEAD_BYTES) {
        throw new IOException("A head of more than " + MOST_HEAD_BYTES + " bytes");
      }
    }
  }

  /** Reads a line including its end. */
  private static byte[] readLine(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(128);
    int b;
    do {
      b = in.read();
      if (b < 0) {
        throw new EOFException("The end within a line");
      }
      line.write(b);
      if (line.size() > MOST_HEAD_BYTES) {
        throw new IOException("A line of more than " + MOST_HEAD_BYTES + " bytes");
      }
    } while (b != '\n');
    return line.toByteArray();
  }

  private long length(boolean request, boolean toHead) throws IOException {
    if (!request && (toHead || status() < 200 || status() == 204 || status() == 304)) {
      return 0;
    }
    if (header("transfer-encoding").toLowerCase(Locale.ROOT).contains("chunked")) {
      return CHUNKED;
    }
    String declared = header("content-length");
    if (!declared.isEmpty()) {
      return number(declared, 10);
    }
    return request ? 0 : UNTIL_THE_END;
  }

  /** Returns a header's value; empty if there is no such header. */
  private String header(String name) {
    for (String line : lines.subList(1, lines.size())) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).strip().equalsIgnoreCase(name)) {
        return line.substring(colon + 1).strip();
      }
    }
    return "";
  }

  private static long number(String text, int radix) throws IOException {
    try {
      long number = Long.parseLong(text, radix);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // as below
    }
    throw new IOException("Not a length: " + text);
  }

  /** Returns the request line or the status line. */
  String firstLine() {
    return lines.get(0);
  }

  /** Returns the status of an answer. */
  int status() throws IOException {
    String line = firstLine();
    if (!line.matches("HTTP/1\\.\\d [1-5]\\d\\d( .*)?")) {
      throw new IOException("Not a status line: " + line);
    }
    return Integer.parseInt(line.substring(9, 12));
  }

  /** Returns whether a request's client waits for {@code 100 Continue} before it sends the body. */
  boolean expectsContinue() {
    return header("expect").equalsIgnoreCase("100-continue");
  }

  /** Copies the whole message. */
  void copy(InputStream in, OutputStream out) throws IOException {
    out.write(head);
    if (length == CHUNKED) {
      copyChunks(in, out);
    } else if (length == UNTIL_THE_END) {
      in.transferTo(out);
    } else {
      copyBytes(in, out, length);
    }
  }

  /**
   * Copies the head and half of the body or, if it is chunked, half of the first chunk; without a
   * body, half of the head. Never copies the whole message.
   */
  void copyHalf(InputStream in, OutputStream out) throws IOException {
    if (length == CHUNKED) {
      out.write(head);
      copyBytes(in, out, copyChunkSize(in, out) / 2);
    } else if (length > 0) {
      out.write(head);
      copyBytes(in, out, length / 2);
    } else {
      out.write(head, 0, head.length / 2);
    }
  }

  private static void copyChunks(InputStream in, OutputStream out) throws IOException {
    long size;
    while ((size = copyChunkSize(in, out)) > 0) {
      copyBytes(in, out, size);
      out.write(readLine(in));
    }
    byte[] trailer;
    do {
      trailer = readLine(in);
      out.write(trailer);
    } while (trailer.length > 2);
  }

  private static long copyChunkSize(InputStream in, OutputStream out) throws IOException {
    byte[] line = readLine(in);
    long size =
        number(
            new String(line, StandardCharsets.ISO_8859_1).replaceFirst("(?s);.*", "").strip(), 16);
    out.write(line);
    return size;
  }

  private static void copyBytes(InputStream in, OutputStream out, long count) throws IOException {
    byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, count)];
    long left = count;
    while (left > 0) {
      int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (read < 0) {
        throw new EOFException("The end, " + left + " bytes early");
      }
      out.write(buffer, 0, read);
      left -= read;
    }
  }
}

package dev.eventstream.server.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 client that sends exactly the bytes it is given, and holds each answer against the
 * {@link ApiDescription}. Not thread-safe.
 */
final class RawClient implements AutoCloseable {
  static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final Pattern REQUEST_LINE = Pattern.compile("([A-Z]+) (/\\S*) HTTP/1\\.[01]\r\n");

  private final Socket socket;
  private final OutputStream out;
  private final InputStream in;
  private @Nullable MatchResult request; // the latest one; null where it is not clear what it is

  /** An answer; names of headers are in lower case. */
  record Reply(int status, Map<String, String> headers, String head, String body) {
    JsonNode json() {
      try {
        return JSON.readTree(body);
      } catch (IOException e) {
        throw new AssertionError("no JSON: " + body, e);
      }
    }

    String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }

    /** Status, headers and body as they came. */
    String all() {
      return head + "\n" + body;
    }
  }

  RawClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    out = socket.getOutputStream();
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** One request over a connection of its own. */
  static Reply exchange(int port, String method, String path, String contentType, String body)
      throws IOException {
    return exchange(port, method, path, contentType, body.getBytes(UTF_8));
  }

  static Reply exchange(int port, String method, String path, String contentType, byte[] body)
      throws IOException {
    try (RawClient client = new RawClient(port)) {
      String type = contentType.isEmpty() ? "" : "Content-Type: " + contentType + "\r\n";
      client.send(head(method, path, type + "Content-Length: " + body.length + "\r\n"));
      client.send(body);
      return client.read(method.equals("HEAD"));
    }
  }

  /** Request line and headers; {@code headers} is whole lines. */
  static String head(String method, String path, String headers) {
    return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
  }

  /** A whole POST. */
  static String post(String path, String body) {
    return head("POST", path, "Content-Length: " + body.getBytes(UTF_8).length + "\r\n") + body;
  }

  RawClient send(String text) throws IOException {
    Matcher line = REQUEST_LINE.matcher(text);
    if (line.find()) {
      MatchResult found = line.toMatchResult();
      request = found.start() == 0 && !line.find() ? found : null;
    }
    return send(text.getBytes(UTF_8));
  }

  RawClient send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /** Says that nothing more will be sent. */
  RawClient finish() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Closes with a reset, as a process does that dies. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  Reply read() throws IOException {
    return read(false);
  }

  /**
   * Reads one answer.
   *
   * @param headOnly whether it answers a HEAD request, so that no body follows
   */
  Reply read(boolean headOnly) throws IOException {
    String statusLine = line();
    StringBuilder head = new StringBuilder(statusLine);
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      head.append('\n').append(line);
      int colon = line.indexOf(':');
      String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
      headers.merge(name, line.substring(colon + 1).strip(), (one, two) -> one + ", " + two);
    }
    int status =
        Integer.parseInt(statusLine.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length()));
    byte[] body = headOnly || status == 100 || status == 204 ? new byte[0] : body(headers);
    Reply reply = new Reply(status, headers, head.toString(), new String(body, UTF_8));
    if (request != null && status >= 200) {
      ApiDescription.OURS.check(request.group(1), request.group(2), reply);
    }
    return reply;
  }

  /** All that comes until the server ends the connection. */
  String readToTheEnd() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      in.transferTo(all);
    } catch (SocketException e) {
      // reset: what came before it counts
    }
    return all.toString(ISO_8859_1);
  }

  /** Whether the server has ended the connection; waits for it, and for nothing else to come. */
  boolean isEnded() throws IOException {
    try {
      return in.read() < 0;
    } catch (SocketException e) {
      return true; // reset
    }
  }

  /** Whether the server ends the connection before so many bytes have come. */
  boolean endsAfter(long bytes) throws IOException {
    try {
      for (long i = 0; i < bytes; i++) {
        if (in.read() < 0) {
          return true;
        }
      }
      return false;
    } catch (SocketException e) {
      return true; // reset
    }
  }

  private byte[] body(Map<String, String> headers) throws IOException {
    if (headers.containsKey("content-length")) {
      int length = Integer.parseInt(headers.get("content-length"));
      byte[] body = in.readNBytes(length);
      if (body.length < length) {
        throw new EOFException("the body ends after " + body.length + " of " + length + " bytes");
      }
      return body;
    }
    if (headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      for (int size = chunkSize(); size > 0; size = chunkSize()) {
        body.write(in.readNBytes(size));
        line();
      }
      line();
      return body.toByteArray();
    }
    return in.readAllBytes();
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(line(), 16);
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      int c = in.read();
      if (c < 0) {
        throw new EOFException("the connection ended within: " + line.toString(ISO_8859_1));
      }
      if (c == '\n') {
        return line.toString(ISO_8859_1).stripTrailing();
      }
      line.write(c);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

package dev.eventstream.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.util.Locale;

/**
 * A kept-alive HTTP/1.1 connection with minimal overhead. Client, server and engine share the
 * machine, so an expensive client would distort the measurements. Not thread-safe.
 */
final class PlainHttp implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final String host;

  PlainHttp(URI url) throws IOException {
    socket = new Socket(url.getHost(), url.getPort());
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
    out = socket.getOutputStream();
    host = url.getHost() + ":" + url.getPort();
  }

  /** Posts a body and reads the answer; throws if the status is not 2xx. */
  void post(String path, String contentType, byte[] body) throws IOException {
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: "
            + host
            + "\r\nContent-Type: "
            + contentType
            + "\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    int status = exchange(head, body);
    if (status / 100 != 2) {
      throw new IOException("POST " + path + " was answered with status " + status);
    }
  }

  /** Sends a GET request, and returns the status of the answer. */
  int get(String path) throws IOException {
    return exchange("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n", new byte[0]);
  }

  private int exchange(String head, byte[] body) throws IOException {
    byte[] headBytes = head.getBytes(US_ASCII);
    byte[] request = new byte[headBytes.length + body.length];
    System.arraycopy(headBytes, 0, request, 0, headBytes.length);
    System.arraycopy(body, 0, request, headBytes.length, body.length);
    out.write(request);
    String status = line();
    long length = -1;
    boolean chunked = false;
    for (String header = line(); !header.isEmpty(); header = line()) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Long.parseLong(lower.substring(15).strip());
      } else if (lower.startsWith("transfer-encoding:")) {
        chunked = true;
      }
    }
    if (chunked) {
      for (int size = chunkSize(); size > 0; size = chunkSize()) {
        in.skipNBytes(size + 2L);
      }
      line();
    } else {
      in.skipNBytes(Math.max(0, length));
    }
    return Integer.parseInt(status.substring(9, 12));
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(line().strip(), 16);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder(64);
    while (true) {
      int c = in.read();
      if (c < 0) {
        throw new EOFException("the connection was closed");
      }
      if (c == '\n') {
        return line.toString();
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

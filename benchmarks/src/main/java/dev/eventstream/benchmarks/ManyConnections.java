package dev.eventstream.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;

/**
 * Up to thousands of kept-alive HTTP/1.1 connections on the caller's thread. A request uses the
 * connection that has been idle for the longest time, so that all are used in turn. Supports only
 * answers with a {@code Content-Length}, such as the server's. Not thread-safe.
 */
final class ManyConnections implements AutoCloseable {
  /** The status of a request whose connection ended before its answer. */
  static final int LOST = 0;

  /** The shortest possible wait in nanoseconds. */
  private static final long SHORTEST_WAIT = 50_000;

  /** Receives the answers. */
  interface Answers {
    /**
     * Called when a request was answered.
     *
     * @param tag the tag that was passed when sending
     * @param status the status of the answer, or {@link #LOST}
     */
    void answered(long tag, int status) throws IOException;
  }

  private final InetSocketAddress address;
  private final Selector selector = Selector.open();
  private final ByteBuffer input = ByteBuffer.allocateDirect(64 * 1024);
  private final List<Connection> all = new ArrayList<>();
  private final Queue<Connection> idle = new ArrayDeque<>();
  private long closedByServer;

  ManyConnections(URI url, int connections) throws IOException {
    address = new InetSocketAddress(url.getHost(), url.getPort());
    for (int i = 0; i < connections; i++) {
      Connection connection = new Connection();
      all.add(connection);
      idle.add(connection);
    }
  }

  /** Returns a complete request, which may be sent any number of times. */
  static byte[] post(URI url, String path, byte[] body) {
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: "
            + url.getAuthority()
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    byte[] headBytes = head.getBytes(US_ASCII);
    byte[] request = new byte[headBytes.length + body.length];
    System.arraycopy(headBytes, 0, request, 0, headBytes.length);
    System.arraycopy(body, 0, request, headBytes.length, body.length);
    return request;
  }

  boolean hasIdle() {
    return !idle.isEmpty();
  }

  /** Returns how many connections wait for an answer. */
  int busy() {
    return all.size() - idle.size();
  }

  /** Returns how many idle connections the server has closed and were replaced. */
  long closedByServer() {
    return closedByServer;
  }

  /** Sends over an idle connection, of which there must be one. */
  void send(byte[] request, long tag) throws IOException {
    idle.remove().send(request, tag);
  }

  /** Delivers the available answers; waits at most this long for the first one. */
  void poll(long nanos, Answers answers) throws IOException {
    if (selector.selectNow() == 0 && nanos > 0) {
      if (nanos > 1_000_000) {
        selector.select(nanos / 1_000_000);
      } else {
        // select() has a resolution of milliseconds
        LockSupport.parkNanos(Math.min(nanos, SHORTEST_WAIT));
        selector.selectNow();
      }
    }
    for (SelectionKey key : selector.selectedKeys()) {
      ((Connection) key.attachment()).proceed(answers);
    }
    selector.selectedKeys().clear();
  }

  @Override
  public void close() throws IOException {
    for (Connection connection : all) {
      connection.channel.close();
    }
    selector.close();
  }

  private final class Connection {
    private final StringBuilder head = new StringBuilder(256);
    private SocketChannel channel;
    private SelectionKey key;
    private ByteBuffer output = ByteBuffer.allocate(0);
    private boolean waits; // for an answer
    private boolean leftover; // answered before everything was sent
    private boolean inBody;
    private long bodyLeft;
    private long tag;

    private Connection() throws IOException {
      channel = SocketChannel.open(address);
      key = registered();
    }

    private SelectionKey registered() throws IOException {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      return channel.register(selector, SelectionKey.OP_READ, this);
    }

    private void send(byte[] request, long requestTag) throws IOException {
      output = ByteBuffer.wrap(request);
      tag = requestTag;
      waits = true;
      try {
        write();
      } catch (IOException e) {
        key.interestOps(SelectionKey.OP_READ); // reading detects the end
      }
    }

    private void write() throws IOException {
      channel.write(output);
      key.interestOps(
          output.hasRemaining()
              ? SelectionKey.OP_READ | SelectionKey.OP_WRITE
              : SelectionKey.OP_READ);
      if (leftover && !output.hasRemaining()) {
        leftover = false;
        idle.add(this);
      }
    }

    private void proceed(Answers answers) throws IOException {
      try {
        if (key.isWritable()) {
          write();
        }
        while (true) {
          input.clear();
          int read = channel.read(input);
          if (read < 0) {
            reconnect(answers);
            return;
          }
          if (read == 0) {
            return;
          }
          input.flip();
          take(answers);
        }
      } catch (IOException e) {
        reconnect(answers);
      }
    }

    private void take(Answers answers) throws IOException {
      while (input.hasRemaining()) {
        if (inBody) {
          int skipped = (int) Math.min(bodyLeft, input.remaining());
          input.position(input.position() + skipped);
          bodyLeft -= skipped;
        } else {
          char c = (char) input.get();
          head.append(c);
          int length = head.length();
          if (c == '\n' && length >= 4 && head.charAt(length - 3) == '\n') {
            bodyLeft = contentLength();
            inBody = true;
          }
        }
        if (inBody && bodyLeft == 0) {
          int status = Integer.parseInt(head.substring(9, 12));
          reset();
          answers.answered(tag, status);
        }
      }
    }

    private long contentLength() {
      String headers = head.toString().toLowerCase(Locale.ROOT);
      int at = headers.indexOf("content-length:");
      if (at < 0) {
        throw new IllegalStateException("an answer has no Content-Length: " + head);
      }
      return Long.parseLong(headers.substring(at + 15, headers.indexOf('\r', at)).strip());
    }

    private void reset() {
      head.setLength(0);
      inBody = false;
      if (waits) {
        waits = false;
        leftover = output.hasRemaining();
        if (!leftover) {
          idle.add(this);
        }
      }
    }

    private void reconnect(Answers answers) throws IOException {
      boolean lost = waits;
      boolean refused = leftover;
      leftover = false;
      output = ByteBuffer.allocate(0);
      channel.close();
      channel = SocketChannel.open(address);
      key = registered();
      reset();
      if (lost) {
        answers.answered(tag, LOST);
      } else if (refused) {
        idle.add(this);
      } else {
        closedByServer++;
      }
    }
  }
}

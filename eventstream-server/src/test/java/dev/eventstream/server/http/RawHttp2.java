package dev.eventstream.server.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.hpack.HpackDecoder;
import org.eclipse.jetty.http2.hpack.HpackException;

/**
 * An HTTP/2 client that sends exactly the frames it is given, however wrong they are. Not
 * thread-safe.
 */
public final class RawHttp2 implements AutoCloseable {
  static final int DATA = 0;
  public static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int CONTINUATION = 9;

  public static final int END_STREAM = 0x1;
  public static final int END_HEADERS = 0x4;
  static final int PADDED = 0x8;
  static final int PRIORITY = 0x20;

  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);
  private static final int FRAME_HEAD = 9;
  private static final int TIMEOUT_MILLIS = 20_000;

  private final Socket socket;
  private final DataInputStream in;
  private final HpackDecoder hpack = new HpackDecoder(1 << 16, System::nanoTime);
  private final Map<Integer, Fate> fates = new TreeMap<>();
  private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();
  private String goAway = "";

  /** What one request came to. */
  public static final class Fate {
    private int status;
    private int reset = -1;
    private boolean ended;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final StringBuilder headers = new StringBuilder();

    /** The status, or 0: none has come. */
    public int status() {
      return status;
    }

    /** Whether there was neither an answer nor a reset. */
    boolean hasNothing() {
      return status == 0 && reset < 0;
    }

    /** The headers as lines, trailers included. */
    String headers() {
      return headers.toString();
    }

    /** What has come of the body. */
    String body() {
      return body.toString(UTF_8);
    }

    /** The status, or else the code with which the server has reset the request. */
    @Override
    public String toString() {
      return hasNothing() ? "nothing" : status != 0 ? String.valueOf(status) : "reset " + reset;
    }
  }

  /** Takes over a connection, and prepares the preface and empty settings to be sent. */
  public RawHttp2(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
    unsent.writeBytes(PREFACE);
    frame(SETTINGS, 0, 0);
  }

  /** Adds bytes to what is sent next. */
  RawHttp2 raw(byte... bytes) {
    unsent.writeBytes(bytes);
    return this;
  }

  /** Adds a frame to what is sent next. */
  public RawHttp2 frame(int type, int flags, int stream, byte... payload) {
    ByteBuffer head = ByteBuffer.allocate(FRAME_HEAD);
    head.put((byte) (payload.length >> 16)).putShort((short) payload.length);
    head.put((byte) type).put((byte) flags).putInt(stream);
    unsent.writeBytes(head.array());
    unsent.writeBytes(payload);
    return this;
  }

  /** Fields as HPACK literals; names and values in turn. */
  public static byte[] fields(String... namesAndValues) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      block.write(0); // a literal that is not to be remembered, with a new name
      string(namesAndValues[i].getBytes(UTF_8), block);
      string(namesAndValues[i + 1].getBytes(UTF_8), block);
    }
    return block.toByteArray();
  }

  private static void string(byte[] bytes, ByteArrayOutputStream to) {
    int rest = bytes.length - 127;
    to.write(Math.min(bytes.length, 127));
    if (rest >= 0) {
      for (; rest >= 128; rest >>>= 7) {
        to.write(0x80 | (rest & 0x7f));
      }
      to.write(rest);
    }
    to.writeBytes(bytes);
  }

  /** Sends what was added. */
  public RawHttp2 send() throws IOException {
    socket.getOutputStream().write(unsent.toByteArray());
    unsent.reset();
    return this;
  }

  /** Whether what was added ends within a frame, so that the server waits for the rest of it. */
  boolean endsWithinAFrame() {
    ByteBuffer bytes = ByteBuffer.wrap(unsent.toByteArray()).position(PREFACE.length);
    while (bytes.remaining() >= FRAME_HEAD) {
      int length = bytes.getInt(bytes.position()) >>> 8;
      if (length > bytes.remaining() - FRAME_HEAD) {
        return true;
      }
      bytes.position(bytes.position() + FRAME_HEAD + length);
    }
    return bytes.hasRemaining();
  }

  /** Says that nothing more will be sent. */
  void finish() throws IOException {
    socket.shutdownOutput();
  }

  /**
   * Reads until this request has its answer, was reset, or the connection has come to its end.
   *
   * @return what came of it until then
   */
  public Fate fate(int stream) throws IOException {
    Fate fate = fateOf(stream);
    while (!fate.ended && goAway.isEmpty() && readFrame() >= 0) {
      // on to the next frame
    }
    return fate;
  }

  /** Reads until the server has looked at all that was sent; false: it ends the connection. */
  boolean ping() throws IOException {
    try {
      frame(PING, 0, 0, "pingpong".getBytes(US_ASCII)).send();
      while (true) {
        int type = readFrame();
        if (type < 0) {
          return false;
        }
        if (type == PING) {
          return true;
        }
      }
    } catch (SocketException e) {
      return false;
    }
  }

  /** Reads all frames until the server ends the connection. */
  void readToTheEnd() throws IOException {
    int type;
    do {
      type = readFrame();
    } while (type >= 0);
  }

  /** What has come to each request until now. */
  Map<Integer, Fate> fates() {
    return fates;
  }

  /** Code and text with which the server ends the connection; empty: it has not said so. */
  String goAway() {
    return goAway;
  }

  private Fate fateOf(int stream) {
    return fates.computeIfAbsent(stream, id -> new Fate());
  }

  /** Reads a frame and returns its type; below 0: there was none. */
  private int readFrame() throws IOException {
    try {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      take(type, flags, stream, in.readNBytes(length));
      return type;
    } catch (EOFException | SocketException e) {
      return -1;
    }
  }

  private void take(int type, int flags, int stream, byte[] payload) throws IOException {
    switch (type) {
      case DATA -> {
        fateOf(stream).body.writeBytes(payload);
        fateOf(stream).ended |= (flags & END_STREAM) != 0;
      }
      case HEADERS -> {
        Fate fate = fateOf(stream);
        try {
          MetaData head = hpack.decode(ByteBuffer.wrap(payload));
          fate.headers.append(head.getHttpFields());
          if (head instanceof MetaData.Response response && response.getStatus() >= 200) {
            fate.status = response.getStatus();
          }
        } catch (HpackException e) {
          throw new IOException(e);
        }
        fate.ended |= (flags & END_STREAM) != 0;
      }
      case RST_STREAM -> {
        fateOf(stream).reset = ByteBuffer.wrap(payload).getInt();
        fateOf(stream).ended = true;
      }
      case GOAWAY -> {
        int code = ByteBuffer.wrap(payload).getInt(4);
        goAway = (code + " " + new String(payload, 8, payload.length - 8, ISO_8859_1)).strip();
      }
      default -> {
        // flow control and settings of the server are no concern of small requests
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

package dev.eventstream.server.http;

import static dev.eventstream.server.fixture.RawHttp2.CONTINUATION;
import static dev.eventstream.server.fixture.RawHttp2.HEADERS;
import static dev.eventstream.server.fixture.RawHttp2.PADDED;
import static dev.eventstream.server.fixture.RawHttp2.PRIORITY;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.server.fixture.RawHttp2;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes frames of HTTP/2 out of any bytes, so that a fuzzer need not find out first what a frame
 * and a header block look like. At the end of the script all that is missing is 0.
 *
 * <pre>
 * script:  frame ...
 * frame:   type, flags, stream, payload     types above 15: raw bytes, with length and bytes
 * stream:  0 to 127: the id; above: as far below 2^31
 * payload: number of fields, field ...      of HEADERS and CONTINUATION
 *          length, bytes                    of all others
 * field:   name, value                      each an index in the lists below; 255: length, bytes
 * </pre>
 *
 * The priority and the padding of HEADERS are zeros when the flags announce them.
 */
final class FrameScript {
  /** Add new ones at the end, or the inputs that are kept come to mean something else. */
  private static final List<String> NAMES =
      List.of(
          ":method",
          ":scheme",
          ":path",
          ":authority",
          ":protocol",
          ":status",
          "host",
          "content-length",
          "content-type",
          "content-encoding",
          "transfer-encoding",
          "connection",
          "upgrade",
          "te",
          "expect",
          "origin",
          "idempotency-key",
          "prefer",
          "range",
          "if-none-match",
          "access-control-request-method",
          "x",
          "X");

  private static final List<String> VALUES =
      List.of(
          "GET",
          "POST",
          "CONNECT",
          "OPTIONS",
          "HEAD",
          "http",
          "https",
          "/",
          "/v1/events",
          "/livez",
          "/readyz",
          "/page.js",
          "/nowhere",
          "*",
          "a",
          "a:1",
          "websocket",
          "200",
          "0",
          "33",
          "99",
          "-1",
          "application/json",
          "application/x-ndjson",
          "application/cloudevents+json",
          "gzip",
          "chunked",
          "close",
          "h2c",
          "trailers",
          "100-continue",
          "https://a.example",
          "respond-async",
          "bytes=0-1,2-3",
          "",
          "{\"eventType\":\"a\",\"eventValue\":\"b\"}");

  private static final int LITERAL = 255;
  private static final int FRAME_TYPES = 16;

  private final byte[] script;
  private int at;

  private FrameScript(byte[] script) {
    this.script = script;
  }

  /** Prepares the frames of a script to be sent. */
  static void play(byte[] script, RawHttp2 client) {
    new FrameScript(script).play(client);
  }

  private void play(RawHttp2 client) {
    while (at < script.length) {
      int type = next();
      if (type >= FRAME_TYPES) {
        client.raw(bytes());
        continue;
      }
      int flags = next();
      int id = next();
      int stream = id < 128 ? id : Integer.MAX_VALUE - (255 - id);
      boolean head = type == HEADERS;
      byte[] payload = head || type == CONTINUATION ? block(head ? flags : 0) : bytes();
      client.frame(type, flags, stream, payload);
    }
  }

  private byte[] block(int flags) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    if ((flags & PADDED) != 0) {
      block.write(0);
    }
    if ((flags & PRIORITY) != 0) {
      block.writeBytes(new byte[5]);
    }
    List<String> fields = new ArrayList<>();
    for (int count = next(); count > 0 && at < script.length; count--) {
      fields.add(text(NAMES));
      fields.add(text(VALUES));
    }
    block.writeBytes(RawHttp2.fields(fields.toArray(String[]::new)));
    return block.toByteArray();
  }

  private String text(List<String> usual) {
    int index = next();
    return index == LITERAL ? new String(bytes(), UTF_8) : usual.get(index % usual.size());
  }

  private byte[] bytes() {
    int length = next();
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) next();
    }
    return bytes;
  }

  private int next() {
    return at < script.length ? script[at++] & 0xff : 0;
  }
}

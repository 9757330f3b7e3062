package dev.eventstream.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Undoes one content coding of a body, piece by piece, and hands on what comes out. Not
 * thread-safe.
 */
abstract class ContentDecoder implements RequestBody.Output, AutoCloseable {

  /** Says that a body is not in the coding that it is said to be in. */
  static final class CorruptException extends IOException {
    private static final long serialVersionUID = 1L;

    CorruptException(ContentCoding coding, String why) {
      super("the body cannot be decoded as " + coding.wireName() + ": " + why);
    }
  }

  private static final int BUFFER_BYTES = 8 * 1024;

  private final ContentCoding coding;
  private final RequestBody.Output next;
  private final int maxBytes;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private long decoded;

  /**
   * Creates a decoder.
   *
   * @param maxBytes how much may come out
   */
  ContentDecoder(ContentCoding coding, RequestBody.Output next, int maxBytes) {
    this.coding = coding;
    this.next = next;
    this.maxBytes = maxBytes;
  }

  /** Whether the body may end here. */
  abstract boolean mayEnd();

  /** Gives back what the decoder holds outside the heap. */
  @Override
  public abstract void close();

  /** Where to decode to, before {@link #handOn}. */
  final byte[] buffer() {
    return buffer;
  }

  /** Hands on what was decoded into the buffer. */
  final void handOn(int length) throws IOException {
    decoded += length;
    if (decoded > maxBytes) {
      throw new RequestBody.TooLargeException(maxBytes);
    }
    next.take(ByteBuffer.wrap(buffer, 0, length));
  }

  /** Says that the body has come to its end. */
  final void end() throws CorruptException {
    if (!mayEnd()) {
      throw corrupt("it ends before its end");
    }
  }

  final CorruptException corrupt(String why) {
    return new CorruptException(coding, why);
  }
}

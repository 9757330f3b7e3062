package dev.eventstream.server.body;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Decodes one content coding of a body, chunk by chunk. Not thread-safe. */
abstract class ContentDecoder implements ByteSink, AutoCloseable {
  private static final int BUFFER_BYTES = 8 * 1024;

  private final String coding;
  private final ByteSink next;
  private final int maxBytes;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private long decoded;

  /**
   * Creates a decoder.
   *
   * @param coding its name, for error messages
   * @param next gets the decoded bytes
   * @param maxBytes the limit of decoded bytes
   */
  ContentDecoder(String coding, ByteSink next, int maxBytes) {
    this.coding = coding;
    this.next = next;
    this.maxBytes = maxBytes;
  }

  /** Whether the body may end here. */
  abstract boolean mayEnd();

  /** Frees what the decoder holds outside the heap. */
  @Override
  public abstract void close();

  /** The target to decode into, before {@link #forward}. */
  final byte[] buffer() {
    return buffer;
  }

  /** Passes the first bytes of the buffer on. */
  final void forward(int length) throws IOException {
    decoded += length;
    if (decoded > maxBytes) {
      throw BodyException.tooLarge(maxBytes);
    }
    next.accept(ByteBuffer.wrap(buffer, 0, length));
  }

  /** Ends the body. */
  final void end() throws BodyException {
    if (!mayEnd()) {
      throw corrupt("the compressed data is incomplete");
    }
  }

  final BodyException corrupt(String why) {
    return BodyException.corrupt(coding, why);
  }
}

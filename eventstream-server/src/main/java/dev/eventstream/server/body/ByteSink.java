package dev.eventstream.server.body;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Accepts the bytes of a body as they arrive. */
interface ByteSink {
  /**
   * Consumes a chunk completely.
   *
   * @param chunk is valid only during the call
   * @throws IOException to stop reading the body
   */
  void accept(ByteBuffer chunk) throws IOException;
}

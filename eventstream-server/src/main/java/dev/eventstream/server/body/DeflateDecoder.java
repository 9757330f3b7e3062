package dev.eventstream.server.body;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Decodes {@code deflate}: the zlib format (RFC 1950). Also accepts raw deflate data without the
 * zlib header, which some clients send.
 */
final class DeflateDecoder extends ContentDecoder {
  private @Nullable Inflater inflater; // null until the first byte tells the format

  DeflateDecoder(ByteSink next, int maxBytes) {
    super("deflate", next, maxBytes);
  }

  @Override
  public void accept(ByteBuffer chunk) throws IOException {
    Inflater current = inflater;
    if (current == null) {
      if (!chunk.hasRemaining()) {
        return;
      }
      boolean isZlib = (chunk.get(chunk.position()) & 0x0F) == Deflater.DEFLATED;
      current = new Inflater(!isZlib);
      inflater = current;
    }
    current.setInput(chunk);
    try {
      while (!current.finished()) {
        int length = current.inflate(buffer());
        if (length > 0) {
          forward(length);
        } else if (current.needsDictionary()) {
          throw corrupt("it needs a dictionary, which is not supported");
        } else if (current.needsInput()) {
          return;
        }
      }
    } catch (DataFormatException e) {
      throw corrupt(String.valueOf(e.getMessage()));
    }
    if (chunk.hasRemaining()) {
      throw corrupt("data follows its end");
    }
  }

  @Override
  boolean mayEnd() {
    return inflater != null && inflater.finished();
  }

  @Override
  public void close() {
    if (inflater != null) {
      inflater.end();
    }
  }
}

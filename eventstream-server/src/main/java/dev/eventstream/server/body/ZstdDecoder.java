package dev.eventstream.server.body;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Decodes {@code zstd} (RFC 8878), also several concatenated frames. */
final class ZstdDecoder extends ContentDecoder {
  /** The limit of RFC 9659: 8 MiB. */
  private static final int WINDOW_LOG = 23;

  private final ZstdDecompressCtx context = new ZstdDecompressCtx().setLongMax(WINDOW_LOG);
  private final ByteBuffer target = ByteBuffer.wrap(buffer());
  private final RequestMemory.Share memory;
  private long window;
  private boolean begun;
  private boolean frameEnded;

  ZstdDecoder(ByteSink next, int maxBytes, RequestMemory.Share memory) {
    super("zstd", next, maxBytes);
    this.memory = memory;
  }

  @Override
  public void accept(ByteBuffer chunk) throws IOException {
    begun |= chunk.hasRemaining();
    boolean more = chunk.hasRemaining();
    while (more) {
      target.clear();
      try {
        frameEnded = context.decompressByteBufferStream(target, chunk);
      } catch (ZstdException e) {
        throw corrupt(String.valueOf(e.getMessage()));
      }
      int length = target.position();
      // The system allocates memory for the window as it fills.
      long windowGrowth = Math.min(length, (1L << WINDOW_LOG) - window);
      if (!memory.tryTake(windowGrowth)) {
        throw BodyException.noMemory();
      }
      window += windowGrowth;
      if (length > 0) {
        forward(length);
      }
      // If the buffer is full, there may be more output.
      more = chunk.hasRemaining() || (!frameEnded && !target.hasRemaining());
    }
  }

  @Override
  boolean mayEnd() {
    return begun && frameEnded;
  }

  @Override
  public void close() {
    context.close();
    memory.giveBackSome(window);
    window = 0;
  }
}

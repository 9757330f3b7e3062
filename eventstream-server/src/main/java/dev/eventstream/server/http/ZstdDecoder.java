package dev.eventstream.server.http;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Undoes {@code zstd} (RFC 8878), several frames one after another included. */
final class ZstdDecoder extends ContentDecoder {
  /** As RFC 9659 bounds what a client may ask for: 8 MiB. */
  private static final int WINDOW_LOG = 23;

  private final ZstdDecompressCtx context = new ZstdDecompressCtx().setLongMax(WINDOW_LOG);
  private final ByteBuffer target = ByteBuffer.wrap(buffer());
  private final RequestMemory.Share memory;
  private long window;
  private boolean begun;
  private boolean frameEnded;

  ZstdDecoder(RequestBody.Output next, int maxBytes, RequestMemory.Share memory) {
    super(ContentCoding.ZSTD, next, maxBytes);
    this.memory = memory;
  }

  @Override
  public void take(ByteBuffer piece) throws IOException {
    begun |= piece.hasRemaining();
    boolean more = piece.hasRemaining();
    while (more) {
      target.clear();
      try {
        frameEnded = context.decompressByteBufferStream(target, piece);
      } catch (ZstdException e) {
        throw corrupt(String.valueOf(e.getMessage()));
      }
      int length = target.position();
      // The system gives memory for the window as it fills.
      long windowGrowth = Math.min(length, (1L << WINDOW_LOG) - window);
      if (!memory.tryTake(windowGrowth)) {
        throw new RequestBody.NoRoomException();
      }
      window += windowGrowth;
      if (length > 0) {
        handOn(length);
      }
      // A full buffer may not have been all.
      more = piece.hasRemaining() || (!frameEnded && !target.hasRemaining());
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

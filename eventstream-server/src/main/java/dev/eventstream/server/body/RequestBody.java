package dev.eventstream.server.body;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.io.Content;

/**
 * Collects the decoded body in one buffer, from which the events are read. Decodes while the body
 * arrives, so that a body that is too large is detected early.
 */
public final class RequestBody extends BodyReader {
  private static final int FIRST_BUFFER = 64 * 1024;

  private final int maxBytes;
  private final long announced;
  private final RequestMemory.Share memory;
  private final CompletableFuture<RequestBody> done = new CompletableFuture<>();
  private byte[] bytes = {};
  private int length;
  private long received;
  private final List<ContentDecoder> decoders = new ArrayList<>(0);
  private int decoderBytes;
  private ByteSink first = this::append;

  private RequestBody(
      Content.Source source, long announced, int maxBytes, RequestMemory.Share memory, Pace pace) {
    super(source, pace);
    this.announced = announced;
    this.maxBytes = maxBytes;
    this.memory = memory;
  }

  private void decode(List<ContentCoding> codings) throws BodyException {
    for (ContentCoding coding : codings) {
      if (!memory.tryTake(coding.memoryBytes())) {
        throw BodyException.noMemory();
      }
      decoderBytes += coding.memoryBytes();
      ContentDecoder decoder = coding.decoder(first, maxBytes, memory);
      decoders.add(decoder);
      first = decoder;
    }
  }

  /**
   * Reads a body to its end.
   *
   * @param announced the Content-Length, or -1; memory is reserved for what arrives, not for this
   * @param codings the codings in the order in which they were applied
   * @param maxBytes the limit, as sent and as decoded
   * @return the body; fails with a {@link BodyException}, or with the failure of the connection
   */
  public static CompletableFuture<RequestBody> read(
      Content.Source source,
      long announced,
      List<ContentCoding> codings,
      int maxBytes,
      RequestMemory.Share memory,
      Pace pace) {
    if (announced > maxBytes) {
      return CompletableFuture.failedFuture(BodyException.tooLarge(maxBytes));
    }
    RequestBody body = new RequestBody(source, announced, maxBytes, memory, pace);
    try {
      body.grow(announced >= 0 ? (int) Math.min(announced, FIRST_BUFFER) : 1024);
      body.decode(codings);
    } catch (BodyException e) {
      body.closeDecoders();
      return CompletableFuture.failedFuture(e);
    }
    body.readOn();
    return body.done;
  }

  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return length;
  }

  /** The offset of the first byte that is not ASCII; -1: none. */
  public int firstBeyondAscii() {
    for (int i = 0; i < length; i++) {
      if (bytes[i] < 0) {
        return i;
      }
    }
    return -1;
  }

  /** The number of occurrences of a byte, up to {@code max}. */
  public int count(byte wanted, int max) {
    int count = 0;
    for (int i = 0; i < length && count < max; i++) {
      if (bytes[i] == wanted) {
        count++;
      }
    }
    return count;
  }

  @Override
  void take(Content.Chunk chunk) throws IOException {
    received += chunk.remaining();
    if (received > maxBytes) {
      throw BodyException.tooLarge(maxBytes);
    }
    first.accept(chunk.getByteBuffer());
  }

  private void append(ByteBuffer piece) throws IOException {
    int more = piece.remaining();
    if (more > maxBytes - length) {
      throw BodyException.tooLarge(maxBytes);
    }
    if (more > bytes.length - length) {
      grow((int) Math.min(maxBytes, Math.max(2L * bytes.length, (long) length + more)));
    }
    piece.get(bytes, length, more);
    length += more;
  }

  @Override
  void succeeded() {
    if (received < announced) {
      failed(BodyException.cutShort(received, announced));
      return;
    }
    try {
      for (ContentDecoder decoder : decoders) {
        decoder.end();
      }
    } catch (IOException e) {
      failed(e);
      return;
    }
    closeDecoders();
    done.complete(this);
  }

  @Override
  void failed(Throwable failure) {
    closeDecoders();
    done.completeExceptionally(failure);
  }

  private void closeDecoders() {
    decoders.forEach(ContentDecoder::close);
    memory.giveBackSome(decoderBytes);
  }

  private void grow(int size) throws BodyException {
    if (!memory.tryTake(size - bytes.length)) {
      throw BodyException.noMemory();
    }
    bytes = Arrays.copyOf(bytes, size);
  }
}

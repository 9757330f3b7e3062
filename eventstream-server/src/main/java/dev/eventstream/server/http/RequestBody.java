package dev.eventstream.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.io.Content;

/**
 * Collects a request's body, decoded, into the one buffer that the events are then read from. It is
 * decoded as it comes: what is too large shows before all of it is there.
 */
final class RequestBody extends BodyReader {
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
  private Output first = this::append;

  private RequestBody(
      Content.Source source,
      long announced,
      int maxBytes,
      RequestMemory.Share memory,
      BodyReader.Pace pace) {
    super(source, pace);
    this.announced = announced;
    this.maxBytes = maxBytes;
    this.memory = memory;
  }

  private void decode(List<ContentCoding> codings) throws NoRoomException {
    for (ContentCoding coding : codings) {
      if (!memory.tryTake(coding.memoryBytes())) {
        throw new NoRoomException();
      }
      decoderBytes += coding.memoryBytes();
      ContentDecoder decoder = coding.decoder(first, maxBytes, memory);
      decoders.add(decoder);
      first = decoder;
    }
  }

  /** What takes the bytes of a body as they come. */
  interface Output {
    /**
     * Takes a piece whole.
     *
     * @param piece to be read, not to be kept
     * @throws IOException to take no more
     */
    void take(ByteBuffer piece) throws IOException;
  }

  /** Says that a body is larger than the limit. */
  static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    TooLargeException(int maxBytes) {
      super("the body is larger than " + maxBytes + " bytes; send the events in several requests");
    }
  }

  /** Says that a body has ended before its Content-Length, which Jetty does not see over HTTP/2. */
  static final class CutException extends IOException {
    private static final long serialVersionUID = 1L;

    CutException(long received, long announced) {
      super(
          "the body ends after "
              + received
              + " bytes, and Content-Length is "
              + announced
              + "; send the whole body");
    }
  }

  /** Says that other requests take all the memory that there is for them. */
  static final class NoRoomException extends IOException {
    private static final long serialVersionUID = 1L;

    NoRoomException() {
      super("too many requests are being read; send the events again");
    }
  }

  /**
   * Reads a body to its end.
   *
   * @param announced the Content-Length, or -1; memory is taken for what comes, not for this
   * @param codings what was done to it, in order
   * @param maxBytes how large it may be, as it comes and decoded
   * @return the body; fails with {@link TooLargeException}, {@link CutException}, {@link
   *     NoRoomException}, {@link ContentDecoder.CorruptException}, or with what the connection
   *     failed with
   */
  static CompletableFuture<RequestBody> read(
      Content.Source source,
      long announced,
      List<ContentCoding> codings,
      int maxBytes,
      RequestMemory.Share memory,
      BodyReader.Pace pace) {
    if (announced > maxBytes) {
      return CompletableFuture.failedFuture(new TooLargeException(maxBytes));
    }
    RequestBody body = new RequestBody(source, announced, maxBytes, memory, pace);
    try {
      body.grow(announced >= 0 ? (int) Math.min(announced, FIRST_BUFFER) : 1024);
      body.decode(codings);
    } catch (NoRoomException e) {
      body.closeDecoders();
      return CompletableFuture.failedFuture(e);
    }
    body.readOn();
    return body.done;
  }

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  /** Where the first byte is that is not ASCII; -1: there is none. */
  int firstBeyondAscii() {
    for (int i = 0; i < length; i++) {
      if (bytes[i] < 0) {
        return i;
      }
    }
    return -1;
  }

  /** How often a byte is in it; counts no further than to {@code most}. */
  int count(byte wanted, int most) {
    int count = 0;
    for (int i = 0; i < length && count < most; i++) {
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
      throw new TooLargeException(maxBytes);
    }
    first.take(chunk.getByteBuffer());
  }

  private void append(ByteBuffer piece) throws IOException {
    int more = piece.remaining();
    if (more > maxBytes - length) {
      throw new TooLargeException(maxBytes);
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
      failed(new CutException(received, announced));
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

  private void grow(int size) throws NoRoomException {
    if (!memory.tryTake(size - bytes.length)) {
      throw new NoRoomException();
    }
    bytes = Arrays.copyOf(bytes, size);
  }
}

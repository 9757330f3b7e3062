package dev.eventstream.server.http;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.io.Content;

/**
 * Collects a request's body as it arrives, without keeping a thread waiting, into the one buffer
 * that the events are then read from.
 */
final class RequestBody {
  private static final int FIRST_BUFFER = 64 * 1024;

  private final Content.Source source;
  private final int maxBytes;
  private final CompletableFuture<RequestBody> done = new CompletableFuture<>();
  private byte[] bytes;
  private int length;

  private RequestBody(Content.Source source, int maxBytes, byte[] bytes) {
    this.source = source;
    this.maxBytes = maxBytes;
    this.bytes = bytes;
  }

  /** Says that a body is larger than the limit. */
  static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    TooLargeException(int maxBytes) {
      super("the body is larger than " + maxBytes + " bytes; send the events in several requests");
    }
  }

  /**
   * Reads a body to its end.
   *
   * @param announced the Content-Length, or -1; only believed up to a point
   * @return the body; fails with {@link TooLargeException}, or with what the connection failed with
   */
  static CompletableFuture<RequestBody> read(Content.Source source, long announced, int maxBytes) {
    if (announced > maxBytes) {
      return CompletableFuture.failedFuture(new TooLargeException(maxBytes));
    }
    int first = announced >= 0 ? (int) Math.min(announced, FIRST_BUFFER) : 1024;
    RequestBody body = new RequestBody(source, maxBytes, new byte[first]);
    body.readOn();
    return body.done;
  }

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  private void readOn() {
    while (true) {
      Content.Chunk chunk = source.read();
      if (chunk == null) {
        source.demand(this::readOn);
        return;
      }
      if (Content.Chunk.isFailure(chunk)) {
        done.completeExceptionally(chunk.getFailure());
        return;
      }
      try {
        if (!append(chunk)) {
          TooLargeException tooLarge = new TooLargeException(maxBytes);
          source.fail(tooLarge);
          done.completeExceptionally(tooLarge);
          return;
        }
      } finally {
        chunk.release();
      }
      if (chunk.isLast()) {
        done.complete(this);
        return;
      }
    }
  }

  private boolean append(Content.Chunk chunk) {
    int more = chunk.remaining();
    if (more > maxBytes - length) {
      return false;
    }
    if (more > bytes.length - length) {
      int wanted = (int) Math.min(maxBytes, Math.max(2L * bytes.length, (long) length + more));
      bytes = Arrays.copyOf(bytes, wanted);
    }
    length += chunk.get(bytes, length, more);
    return true;
  }
}

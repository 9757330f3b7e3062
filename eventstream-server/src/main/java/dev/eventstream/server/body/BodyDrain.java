package dev.eventstream.server.body;

import java.io.IOException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Reads and discards the rest of a body after the request was answered. Without this the connection
 * would be closed while the client still sends, and many clients then report a reset instead of the
 * answer.
 */
public final class BodyDrain extends BodyReader {
  private static final long MAX_BYTES = 64 << 20;

  private final Callback callback;
  private long length;

  private BodyDrain(Request request, Pace pace, Callback callback) {
    super(request, pace);
    this.callback = callback;
  }

  /**
   * Prepares an answer that is sent before the body has been read to its end.
   *
   * @param response gets {@code Connection: close} if the body is too long to be drained
   * @return the callback to send the answer with: it drains the body, then completes the request
   */
  public static Callback after(Request request, Response response, Pace pace, Callback callback) {
    if (request.getLength() > MAX_BYTES) {
      response.getHeaders().put(HttpHeader.CONNECTION, "close");
    }
    if (request.getHeaders().contains(HttpHeader.EXPECT)) {
      return callback; // the client has not sent its body
    }
    return Callback.from(() -> new BodyDrain(request, pace, callback).readOn(), callback::failed);
  }

  @Override
  void take(Content.Chunk chunk) throws IOException {
    length += chunk.remaining();
    if (length > MAX_BYTES) {
      throw new IOException("the rest of the body is too long to be drained");
    }
  }

  @Override
  void succeeded() {
    callback.succeeded();
  }

  @Override
  void failed(Throwable failure) {
    callback.succeeded(); // the answer is out; the connection ends
  }
}

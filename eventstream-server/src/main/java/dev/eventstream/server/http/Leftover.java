package dev.eventstream.server.http;

import java.io.IOException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * What is left of a body when the request has got its answer. It is read to nowhere: otherwise the
 * connection would end while the client still sends, and many a client then sees a reset in place
 * of the answer.
 */
final class Leftover extends BodyReader {
  private static final long MOST_BYTES = 64 << 20;

  private final Callback callback;
  private long length;

  private Leftover(Request request, Pace pace, Callback callback) {
    super(request, pace);
    this.callback = callback;
  }

  /** Sends the answer to a request whose body has not been read to its end. */
  static void answer(
      Answer answer, Request request, Response response, Pace pace, Callback callback) {
    if (request.getLength() > MOST_BYTES) {
      response.getHeaders().put(HttpHeader.CONNECTION, "close");
    }
    boolean waitsToSend = request.getHeaders().contains(HttpHeader.EXPECT);
    answer.send(
        response,
        waitsToSend
            ? callback
            : Callback.from(
                () -> new Leftover(request, pace, callback).readOn(), callback::failed));
  }

  @Override
  void take(Content.Chunk chunk) throws IOException {
    length += chunk.remaining();
    if (length > MOST_BYTES) {
      throw new IOException("the rest is too long to be read");
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

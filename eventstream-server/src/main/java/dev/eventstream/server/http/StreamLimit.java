package dev.eventstream.server.http;

import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Bounds how many requests are under way over HTTP/2, where the bound on connections, which each
 * carry many, does not.
 */
final class StreamLimit extends Handler.Wrapper {
  private static final int RETRY_AFTER_SECONDS = 1;

  private final int limit;
  private final AtomicInteger streams = new AtomicInteger();

  StreamLimit(int limit, Handler handler) {
    super(handler);
    this.limit = limit;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_2) {
      return super.handle(request, response, callback);
    }
    Request.addCompletionListener(request, failure -> streams.decrementAndGet());
    if (streams.incrementAndGet() <= limit) {
      return super.handle(request, response, callback);
    }
    RequestRefusal.NO_MEMORY.mark(request);
    new Problem(HttpStatus.SERVICE_UNAVAILABLE_503, "too many requests are under way; try again")
        .answer(RETRY_AFTER_SECONDS)
        .send(response, callback);
    return true;
  }
}

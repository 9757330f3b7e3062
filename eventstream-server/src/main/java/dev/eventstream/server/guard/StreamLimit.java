package dev.eventstream.server.guard;

import dev.eventstream.server.http.RequestError;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Limits the concurrent requests over HTTP/2, where one connection carries many. Thread-safe. */
public final class StreamLimit extends Handler.Wrapper {
  private final int limit;
  private final AtomicInteger streams = new AtomicInteger();

  public StreamLimit(int limit, Handler handler) {
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
    RequestError.NO_MEMORY
        .answer(request, "too many requests are being processed; try again")
        .send(response, callback);
    return true;
  }
}

package dev.eventstream.server.http;

import dev.eventstream.server.body.BodyDrain;
import dev.eventstream.server.body.Pace;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * An answer to a request.
 *
 * @param body is not copied; the caller does not change it
 * @param retryAfterSeconds for Retry-After; 0: none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Answer(int status, String contentType, byte[] body, long retryAfterSeconds) {
  /** Smaller answers need no time-out: they usually fit into the socket's send buffer. */
  private static final int LARGE = 64 * 1024;

  /** Sends it. Closes the connection if the client reads it more slowly than the pace allows. */
  public void send(Response response, Pace pace, Callback callback) {
    if (body.length < LARGE) {
      send(response, callback);
    } else {
      send(response, pace.millis(body.length), callback);
    }
  }

  /** Sends it. Closes the connection if the client has not read it within this time. */
  public void send(Response response, long millis, Callback callback) {
    Request request = response.getRequest();
    EndPoint connection = request.getConnectionMetaData().getConnection().getEndPoint();
    Scheduler.Task end =
        request
            .getComponents()
            .getScheduler()
            .schedule(connection::close, millis, TimeUnit.MILLISECONDS);
    send(response, Callback.from(callback, end::cancel));
  }

  /** Sends it to a request whose body was not read to its end, and drains the body. */
  public void sendAndDrain(Request request, Response response, Pace pace, Callback callback) {
    send(response, BodyDrain.after(request, response, pace, callback));
  }

  public void send(Response response, Callback callback) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    if (retryAfterSeconds > 0) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, retryAfterSeconds);
    }
    response.write(true, ByteBuffer.wrap(body), callback);
  }
}

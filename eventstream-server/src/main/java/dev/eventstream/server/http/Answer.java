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
 * What a request is answered.
 *
 * @param status the HTTP status
 * @param contentType of the body
 * @param body not to be changed
 * @param retryAfterSeconds when to try again; 0: nothing is said of that
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Answer(int status, String contentType, byte[] body, long retryAfterSeconds) {
  /** Smaller ones are worth no time-out: they mostly fit into what the system keeps. */
  private static final int LARGE = 64 * 1024;

  /** Sends it, and ends the connection when the client reads it too slowly to be meant well. */
  public void send(Response response, Pace pace, Callback callback) {
    if (body.length < LARGE) {
      send(response, callback);
    } else {
      send(response, pace.millis(body.length), callback);
    }
  }

  /** Sends it, and ends the connection when the client has not read it after so long. */
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

  /** Sends it to a request whose body was not read to its end, and drains that body. */
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

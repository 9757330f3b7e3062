package dev.eventstream.server.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * What a request is answered.
 *
 * @param status the HTTP status
 * @param contentType of the body
 * @param body not to be changed
 * @param retryAfterSeconds when to try again; 0: nothing is said of that
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Answer(int status, String contentType, byte[] body, long retryAfterSeconds) {

  void send(Response response, Callback callback) {
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

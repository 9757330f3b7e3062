package dev.eventstream.server.http;

import dev.eventstream.server.access.IngestKeys;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Lets those send events who show a key. */
final class Authentication extends Handler.Wrapper {
  private static final String CHALLENGE =
      "Bearer realm=\"eventstream\", Basic realm=\"eventstream\", charset=\"UTF-8\"";

  private static final String KEY_NAME = Authentication.class.getName();

  private final Supplier<IngestKeys> keys;
  private final BodyReader.Pace pace;

  Authentication(Supplier<IngestKeys> keys, BodyReader.Pace pace, Handler handler) {
    super(handler);
    this.keys = keys;
    this.pace = pace;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    String shown = request.getHeaders().get(HttpHeader.AUTHORIZATION);
    String name = keys.get().nameOf(shown);
    if (name != null) {
      request.setAttribute(KEY_NAME, name);
      return super.handle(request, response, callback);
    }
    RequestRefusal.UNAUTHORIZED.mark(request);
    response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, CHALLENGE);
    String detail =
        shown == null
            ? "sending events needs a key; send it as \"Authorization: Bearer KEY\""
            : "the key is not one of those that are in force";
    Answer answer = new Problem(HttpStatus.UNAUTHORIZED_401, detail).answer();
    Leftover.answer(answer, request, response, pace, callback);
    return true;
  }

  /** The name of the key that a request has shown; null where none is asked for. */
  static @Nullable String keyName(Request request) {
    return (String) request.getAttribute(KEY_NAME);
  }
}

package dev.eventstream.server.guard;

import dev.eventstream.server.body.Pace;
import dev.eventstream.server.http.RequestError;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Accepts only requests with a valid key. Thread-safe. */
public final class Authentication extends Handler.Wrapper {
  private static final String CHALLENGE =
      "Bearer realm=\"eventstream\", Basic realm=\"eventstream\", charset=\"UTF-8\"";

  private static final String KEY_NAME = Authentication.class.getName();

  private final Supplier<IngestKeys> keys;
  private final Pace pace;

  public Authentication(Supplier<IngestKeys> keys, Pace pace, Handler handler) {
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
    response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, CHALLENGE);
    String detail =
        shown == null
            ? "a key is required; send it as \"Authorization: Bearer KEY\""
            : "the key is not valid";
    RequestError.UNAUTHORIZED
        .answer(request, detail)
        .sendAndDrain(request, response, pace, callback);
    return true;
  }

  /** The name of the key that a request was sent with; null: keys are not required. */
  public static @Nullable String keyName(Request request) {
    return (String) request.getAttribute(KEY_NAME);
  }
}

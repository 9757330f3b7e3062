package dev.eventstream.server.guard;

import com.github.benmanes.caffeine.cache.Cache;
import dev.eventstream.server.body.Pace;
import dev.eventstream.server.http.Answer;
import dev.eventstream.server.http.Problem;
import dev.eventstream.server.http.RequestError;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Protects the admin API. With a key, requests need it. Without one, only a loopback address
 * answers, and only to programs on this machine: a page in a browser on it names itself in {@code
 * Origin} or {@code Sec-Fetch-Site}, or, if its name server points to this machine, its own name in
 * {@code Host}. Thread-safe.
 */
public final class AdminAccess {
  private static final Pattern LOOPBACK =
      Pattern.compile("(localhost|127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1])(:\\d{1,5})?");

  /** The failed attempts of an address that are answered at once, and then per second. */
  private static final int BURST = 10;

  private final @Nullable Supplier<AdminKey> key;
  private final String host;
  private final boolean loopback;
  private final Pace pace;
  private final Cache<String, Bucket> failures = RateLimit.buckets();

  /**
   * Creates the protection of one server.
   *
   * @param key null: none is needed
   * @param host the setting of the address that the server listens on
   * @param loopback whether only this machine can reach it
   * @param pace for bodies that are drained
   */
  public AdminAccess(@Nullable Supplier<AdminKey> key, String host, boolean loopback, Pace pace) {
    this.key = key;
    this.host = host;
    this.loopback = loopback;
    this.pace = pace;
  }

  /** A handler that passes only permitted requests on. */
  public Handler guard(Handler handler) {
    return new Handler.Wrapper(handler) {
      @Override
      public boolean handle(Request request, Response response, Callback callback)
          throws Exception {
        Answer refusal = refusal(request, response);
        if (refusal == null) {
          return super.handle(request, response, callback);
        }
        refusal.sendAndDrain(request, response, pace, callback);
        return true;
      }
    };
  }

  private @Nullable Answer refusal(Request request, Response response) {
    if (key != null) {
      return withKey(key.get(), request, response);
    }
    if (!loopback) {
      return forbidden(
          "EVENTSTREAM_ADMIN_HOST is \""
              + host
              + "\", which other machines may reach, and there is no admin key; set"
              + " EVENTSTREAM_ADMIN_KEY or EVENTSTREAM_ADMIN_KEY_FILE to "
              + "20 characters or more, and send it as \"Authorization: Bearer KEY\"");
    }
    HttpFields headers = request.getHeaders();
    String site = headers.get("Sec-Fetch-Site");
    if (headers.contains(HttpHeader.ORIGIN)
        || (site != null && !site.equals("none") && !site.equals("same-origin"))) {
      return forbidden(
          "pages in a browser cannot use the admin API; use a program, or set"
              + " EVENTSTREAM_ADMIN_KEY and send the key");
    }
    String asked = headers.get(HttpHeader.HOST);
    if (asked != null && !isOurs(asked.toLowerCase(Locale.ROOT))) {
      return forbidden(
          "the host of the request is not this machine; use http://127.0.0.1, or set"
              + " EVENTSTREAM_ADMIN_KEY and send the key");
    }
    return null;
  }

  private boolean isOurs(String asked) {
    String own = host.toLowerCase(Locale.ROOT);
    return LOOPBACK.matcher(asked).matches() || asked.equals(own) || asked.startsWith(own + ":");
  }

  private @Nullable Answer withKey(AdminKey valid, Request request, Response response) {
    String client = Request.getRemoteAddr(request);
    Bucket bucket = failures.getIfPresent(client);
    if (bucket != null && bucket.getAvailableTokens() == 0) {
      return RequestError.RATE_LIMITED.answer(
          request, "too many requests of this address had no valid key; try again", 1);
    }
    String shown = request.getHeaders().get(HttpHeader.AUTHORIZATION);
    if (valid.isIn(shown)) {
      return null;
    }
    failures.get(client, unknown -> bucket()).tryConsume(1);
    response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer realm=\"eventstream admin\"");
    return RequestError.UNAUTHORIZED.answer(
        request,
        shown == null
            ? "the admin key is required; send it as \"Authorization: Bearer KEY\""
            : "the admin key is not valid; the server has it in EVENTSTREAM_ADMIN_KEY or"
                + " EVENTSTREAM_ADMIN_KEY_FILE");
  }

  private static Bucket bucket() {
    return Bucket.builder()
        .addLimit(limit -> limit.capacity(BURST).refillGreedy(1, Duration.ofSeconds(1)))
        .build();
  }

  private static Answer forbidden(String detail) {
    return new Problem(HttpStatus.FORBIDDEN_403, detail).answer();
  }
}

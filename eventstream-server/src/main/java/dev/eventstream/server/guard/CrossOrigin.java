package dev.eventstream.server.guard;

import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.handler.CrossOriginHandler;

/** Lets pages of other origins send events, and read the answers (the fetch standard's CORS). */
public final class CrossOrigin {
  private static final String ANY = "*";

  /** As long as any browser remembers the answer to a preflight. */
  private static final Duration PREFLIGHT_MAX_AGE = Duration.ofHours(2);

  private static final Set<String> REQUEST_HEADERS =
      Set.of(
          "Authorization",
          "Content-Encoding",
          "Content-Type",
          "Idempotency-Key",
          "Prefer",
          "ce-datacontenttype",
          "ce-dataschema",
          "ce-id",
          "ce-source",
          "ce-specversion",
          "ce-subject",
          "ce-time",
          "ce-type",
          "traceparent",
          "tracestate");

  private static final Set<String> ANSWER_HEADERS =
      Set.of("Preference-Applied", "RateLimit", "RateLimit-Policy", "Retry-After");

  private CrossOrigin() {}

  /**
   * Allows pages of these origins.
   *
   * <p>Beacons are sent in credentials mode, whether or not the browser has credentials, and are
   * lost unless the answer allows credentials. Where every origin is allowed, that is done only if
   * events need no key: the server then looks at no credentials, so a page gets nothing through the
   * browser of a user that it could not get by itself. With keys, a browser may have one stored
   * (basic authentication), which is not for every page to use; and no beacon is lost that would
   * not be answered 401, as a page cannot give it a key.
   *
   * @param needsKey whether events are taken only with a key
   */
  public static Handler allow(Set<String> origins, boolean needsKey, Handler handler) {
    CrossOriginHandler cors = new CrossOriginHandler();
    boolean any = origins.contains(ANY);
    cors.setAllowedOriginPatterns(
        any
            ? Set.of(ANY)
            : origins.stream().map(Pattern::quote).collect(Collectors.toUnmodifiableSet()));
    cors.setAllowedMethods(Set.of("GET", "HEAD", "POST"));
    cors.setAllowedHeaders(new TreeSet<>(REQUEST_HEADERS));
    cors.setExposedHeaders(new TreeSet<>(ANSWER_HEADERS));
    cors.setAllowCredentials(!any || !needsKey);
    cors.setPreflightMaxAge(PREFLIGHT_MAX_AGE);
    cors.setHandler(handler);
    return cors;
  }
}

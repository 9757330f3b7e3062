package dev.eventstream.server.guard;

import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.handler.CrossOriginHandler;

/** Permits pages of other origins to send events and to read the answers (CORS). */
public final class CrossOrigin {
  private static final String ANY = "*";

  /** The longest time for which browsers cache the answer to a preflight. */
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
   * Wraps a handler.
   *
   * <p>Browsers send beacons in credentials mode, also without credentials, and discard them unless
   * the answer allows credentials. If all origins are allowed, the answer allows credentials only
   * if no key is required: the server then ignores credentials, so a page gains nothing from those
   * of the browser's user. With keys, the browser may have stored one (basic authentication), which
   * other pages must not use. No beacon is lost that would have been accepted, since a page cannot
   * attach a key to it.
   *
   * @param needsKey whether a key is required
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

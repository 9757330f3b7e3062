package dev.eventstream.server.http;

import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.handler.CrossOriginHandler;

/** Lets pages of other origins send events, and read the answers (the fetch standard's CORS). */
final class CrossOrigin {
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

  static Handler allow(Set<String> origins, Handler handler) {
    CrossOriginHandler cors = new CrossOriginHandler();
    boolean any = origins.contains(ANY);
    cors.setAllowedOriginPatterns(
        any
            ? Set.of(ANY)
            : origins.stream().map(Pattern::quote).collect(Collectors.toUnmodifiableSet()));
    cors.setAllowedMethods(Set.of("GET", "HEAD", "POST"));
    cors.setAllowedHeaders(new TreeSet<>(REQUEST_HEADERS));
    cors.setExposedHeaders(new TreeSet<>(ANSWER_HEADERS));
    // A beacon is sent with credentials, whether the page has any or not.
    cors.setAllowCredentials(!any);
    cors.setPreflightMaxAge(PREFLIGHT_MAX_AGE);
    cors.setHandler(handler);
    return cors;
  }
}

package dev.eventstream.server.http;

import dev.eventstream.server.body.BodyException;
import java.util.Locale;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Why a request as a whole was not processed. The result of a single event is an {@link
 * dev.eventstream.Outcome}.
 */
public enum RequestError {
  /** The body is larger than the limit. */
  BODY_TOO_LARGE(HttpStatus.PAYLOAD_TOO_LARGE_413),
  /** The body holds more events than the limit. */
  TOO_MANY_EVENTS(HttpStatus.PAYLOAD_TOO_LARGE_413),
  /** The body arrived too slowly. */
  SLOW_BODY(HttpStatus.REQUEST_TIMEOUT_408),
  /** Other requests hold all the memory, or all the places, that requests may take. */
  NO_MEMORY(HttpStatus.SERVICE_UNAVAILABLE_503, 1),
  /** The content type or the coding is not supported. */
  UNSUPPORTED_TYPE(HttpStatus.UNSUPPORTED_MEDIA_TYPE_415),
  /** Credentials are missing or wrong. */
  UNAUTHORIZED(HttpStatus.UNAUTHORIZED_401),
  /** The client has sent more events than its rate limit. */
  RATE_LIMITED(HttpStatus.TOO_MANY_REQUESTS_429),
  /** The request is not valid HTTP, or one of its headers is not valid. */
  BAD_REQUEST(HttpStatus.BAD_REQUEST_400),
  /** The server is shutting down. */
  SHUTTING_DOWN(HttpStatus.SERVICE_UNAVAILABLE_503, 5);

  private static final String ATTRIBUTE = RequestError.class.getName();

  private final String wireName = name().toLowerCase(Locale.ROOT);
  private final int status;
  private final int retryAfterSeconds;

  RequestError(int status) {
    this(status, 0);
  }

  RequestError(int status, int retryAfterSeconds) {
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** The error of a body that cannot be read. */
  public static RequestError of(BodyException.Kind kind) {
    return switch (kind) {
      case TOO_LARGE -> BODY_TOO_LARGE;
      case CUT_SHORT, CORRUPT -> BAD_REQUEST;
      case NO_MEMORY -> NO_MEMORY;
      case TOO_SLOW -> SLOW_BODY;
    };
  }

  /** The name used in metrics: the constant's name in lower case. */
  public String wireName() {
    return wireName;
  }

  /** The status that it is answered with, unless the answer names a more precise one. */
  public int status() {
    return status;
  }

  /** The delay for Retry-After; 0: none. */
  public int retryAfterSeconds() {
    return retryAfterSeconds;
  }

  /**
   * Answers a request with this error, and records it for the {@link RequestObserver}.
   *
   * @param detail names the fault and the remedy
   */
  public Answer answer(Request request, String detail) {
    return answer(request, detail, retryAfterSeconds);
  }

  public Answer answer(Request request, String detail, long retryAfter) {
    record(request);
    return new Problem(status, detail).answer(retryAfter);
  }

  /** Records that a request was answered with this error, for the {@link RequestObserver}. */
  void record(Request request) {
    request.setAttribute(ATTRIBUTE, this);
  }

  static @Nullable RequestError of(Request request) {
    return request.getAttribute(ATTRIBUTE) instanceof RequestError error ? error : null;
  }
}

package dev.eventstream.server.http;

import java.util.Locale;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Why a request was turned away as a whole, before anything in it was looked at. */
public enum RequestRefusal {
  /** The body is larger than the limit. */
  BODY_TOO_LARGE,
  /** The body holds more events than the limit. */
  TOO_MANY_EVENTS,
  /** The body came too slowly. */
  SLOW_BODY,
  /** Other requests take all the memory that there is for them. */
  NO_MEMORY,
  /** The content type or encoding is not read. */
  UNSUPPORTED_TYPE,
  /** Credentials are missing or wrong. */
  UNAUTHORIZED,
  /** The credentials do not allow it. */
  FORBIDDEN,
  /** The client has sent too much lately. */
  RATE_LIMITED,
  /** It is no HTTP request that we read. */
  BAD_REQUEST,
  /** The server is shutting down. */
  SHUTTING_DOWN;

  private static final String ATTRIBUTE = RequestRefusal.class.getName();

  private final String wireName = name().toLowerCase(Locale.ROOT);

  /**
   * The name used in metrics.
   *
   * @return the constant's name in lower case, for example {@code slow_body}
   */
  public String wireName() {
    return wireName;
  }

  /**
   * Notes on a request why it is turned away, for the {@link RequestObserver}.
   *
   * @param request the request
   */
  public void mark(Request request) {
    request.setAttribute(ATTRIBUTE, this);
  }

  static @Nullable RequestRefusal of(Request request) {
    return request.getAttribute(ATTRIBUTE) instanceof RequestRefusal refusal ? refusal : null;
  }
}

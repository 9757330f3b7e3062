package dev.eventstream.server.http;

import org.jspecify.annotations.Nullable;

/**
 * Is notified of every completed request, also of those that Jetty itself answers with an error. Is
 * called by several server threads at once, so implementations are thread-safe and never block.
 */
@FunctionalInterface
public interface RequestObserver {

  /** An observer that does nothing. */
  RequestObserver NONE = (endpoint, status, bodyBytes, error) -> {};

  /**
   * A request is complete.
   *
   * @param endpoint method and path of its route, such as {@code POST /v1/events}; {@code other}:
   *     no route
   * @param status the HTTP status; 0: the client disconnected before the answer
   * @param bodyBytes the received bytes of the body
   * @param error why the request as a whole was not processed; null: it was
   */
  void answered(String endpoint, int status, long bodyBytes, @Nullable RequestError error);
}

package dev.eventstream.server.http;

import org.jspecify.annotations.Nullable;

/**
 * Is told of every request when it is over, also of those that the HTTP server itself turns away.
 * Called by the server's threads, several at once: thread-safe, fast, and never blocks.
 */
@FunctionalInterface
public interface RequestObserver {

  /** An observer that does nothing. */
  RequestObserver NONE = (endpoint, status, bodyBytes, refusal) -> {};

  /**
   * A request is over.
   *
   * @param endpoint what it asked for, of which there are few: method and path of a route, such as
   *     {@code POST /v1/events}, or {@code other}
   * @param status the HTTP status; 0 when the client was gone before there was one
   * @param bodyBytes how much of its body has come
   * @param refusal why it was turned away as a whole; null when it was not
   */
  void answered(String endpoint, int status, long bodyBytes, @Nullable RequestError refusal);
}

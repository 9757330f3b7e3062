package dev.eventstream.spi;

import java.net.URI;
import java.util.List;
import java.util.Set;

/**
 * Opens sinks for the URL schemes of one transport. Found by {@link java.util.ServiceLoader}, so
 * that adding a dependency is sufficient to use a transport.
 */
public interface SinkProvider {

  /**
   * Returns the supported URL schemes in lower case, for example {@code http} and {@code https}.
   */
  Set<String> schemes();

  /**
   * Opens a sink. Does not wait for the target to be available, because an application must be able
   * to start while the cluster is down.
   *
   * @param urls one or more addresses of the same target, all with schemes of this provider
   * @throws IllegalArgumentException if a URL is invalid, with the URL and the remedy
   */
  EventSink open(List<URI> urls);
}

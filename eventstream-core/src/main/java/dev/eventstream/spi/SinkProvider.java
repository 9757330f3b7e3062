package dev.eventstream.spi;

import java.net.URI;
import java.util.List;
import java.util.Set;

/**
 * A transport: opens sinks for the URL schemes that it knows. Found by {@link
 * java.util.ServiceLoader}, so that adding a dependency is enough to use one.
 */
public interface SinkProvider {

  /**
   * The URL schemes it opens.
   *
   * @return schemes in lower case, for example {@code http} and {@code https}
   */
  Set<String> schemes();

  /**
   * Opens a sink. Does not wait for the target to be there: a cluster that is down is no reason not
   * to start.
   *
   * @param urls one or several addresses of the same target, all of this provider's schemes
   * @return the sink
   * @throws IllegalArgumentException when a URL cannot be right, with the URL and the remedy
   */
  EventSink open(List<URI> urls);
}

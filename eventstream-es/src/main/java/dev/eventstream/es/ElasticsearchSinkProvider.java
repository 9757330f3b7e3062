package dev.eventstream.es;

import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.SinkProvider;
import java.net.URI;
import java.util.List;
import java.util.Set;

/** Opens {@link ElasticsearchSink}s for {@code http} and {@code https} URLs. */
public final class ElasticsearchSinkProvider implements SinkProvider {

  /** Used by {@link java.util.ServiceLoader}. */
  public ElasticsearchSinkProvider() {}

  @Override
  public Set<String> schemes() {
    return Set.of("http", "https");
  }

  @Override
  public EventSink open(List<URI> urls) {
    return ElasticsearchSink.builder(urls).build();
  }
}

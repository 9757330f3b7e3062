package dev.eventstream.examples.file;

import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.SinkProvider;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Makes {@code EventStream.builder().sink("file:///var/events")} write to that directory. */
public final class FileSinkProvider implements SinkProvider {
  /** Called by the service loader. */
  public FileSinkProvider() {}

  @Override
  public Set<String> schemes() {
    return Set.of("file");
  }

  @Override
  public EventSink open(List<URI> urls) {
    if (urls.size() != 1) {
      throw new IllegalArgumentException(
          "the sink URLs are " + urls + "; give the URL of one directory");
    }
    try {
      return FileSink.open(Path.of(urls.get(0)));
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "cannot write to the sink URL "
              + urls.get(0)
              + "; give an absolute one of a directory, such as file:///var/events",
          e);
    }
  }
}

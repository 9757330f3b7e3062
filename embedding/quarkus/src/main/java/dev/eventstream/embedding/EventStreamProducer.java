package dev.eventstream.embedding;

import dev.eventstream.EventStream;
import dev.eventstream.spool.MapDbSpool;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Produces the stream of a Quarkus application. */
@Singleton
class EventStreamProducer {
  @Produces
  @Singleton
  EventStream eventStream(
      @ConfigProperty(name = "eventstream.elasticsearch-url") String url,
      @ConfigProperty(name = "eventstream.spool-dir") String spool)
      throws IOException {
    return EventStream.builder().sink(url).spool(MapDbSpool.open(Path.of(spool))).build();
  }

  void close(@Disposes EventStream stream) {
    stream.close();
  }
}

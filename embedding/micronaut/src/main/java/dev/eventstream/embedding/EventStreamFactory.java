package dev.eventstream.embedding;

import dev.eventstream.EventStream;
import dev.eventstream.spool.MapDbSpool;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Value;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;

/** Creates the stream of a Micronaut application. */
@Factory
class EventStreamFactory {
  @Singleton
  @Bean(preDestroy = "close")
  EventStream eventStream(
      @Value("${eventstream.elasticsearch-url}") String url,
      @Value("${eventstream.spool-dir}") String spool)
      throws IOException {
    return EventStream.builder().sink(url).spool(MapDbSpool.open(Path.of(spool))).build();
  }
}

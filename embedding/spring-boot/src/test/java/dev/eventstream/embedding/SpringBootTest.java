package dev.eventstream.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.Acknowledgement;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.micrometer.EventStreamMetrics;
import dev.eventstream.spool.MapDbSpool;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The libraries run with the versions that Spring Boot manages. The starter, which is there as well,
 * backs off before the application's own stream.
 */
class SpringBootTest {
  @TempDir static Path directory;

  private StandInCluster cluster;

  @Configuration
  @EnableAutoConfiguration
  static class Application {
    @Bean
    EventStream eventStream(
        @Value("${cluster.url}") String url,
        @Value("${spool.directory}") Path spool,
        MeterRegistry registry)
        throws IOException {
      EventStreamMetrics metrics = new EventStreamMetrics(registry);
      EventStream stream =
          EventStream.builder().sink(url).spool(MapDbSpool.open(spool)).listener(metrics).build();
      metrics.watch(stream);
      return stream;
    }
  }

  @BeforeEach
  void startCluster() throws Exception {
    cluster = new StandInCluster();
  }

  @AfterEach
  void stopCluster() {
    cluster.close();
  }

  @Test
  void anApplicationPublishesIntoClusterAndSpoolAndShowsItsMetrics() throws Exception {
    try (ConfigurableApplicationContext application =
        SpringApplication.run(
            Application.class,
            "--cluster.url=" + cluster.url(),
            "--spool.directory=" + directory.resolve("spool"),
            "--server.port=0")) {
      EventStream stream = application.getBean(EventStream.class);
      List<Event> events = List.of(Event.of("pageview", "homepage"));

      assertThat(stream.publishAll(events).get(20, TimeUnit.SECONDS))
          .singleElement()
          .isInstanceOf(Outcome.Indexed.class);
      assertThat(stream.publishAll(events, Acknowledgement.SPOOLED).get(20, TimeUnit.SECONDS))
          .singleElement()
          .isInstanceOf(Outcome.Spooled.class);
      assertThat(application.getBean(PrometheusMeterRegistry.class).scrape())
          .contains("eventstream_events_total");
    }
  }
}

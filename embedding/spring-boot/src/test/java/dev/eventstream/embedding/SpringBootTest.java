package dev.eventstream.embedding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.eventstream.Acknowledgement;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.micrometer.EventStreamMetrics;
import dev.eventstream.spool.MapDbSpool;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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

/** The libraries run with the versions that Spring Boot manages. */
class SpringBootTest {
  @TempDir static Path directory;

  private HttpServer cluster;

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
    cluster = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    cluster.createContext("/", SpringBootTest::answer);
    cluster.start();
  }

  @AfterEach
  void stopCluster() {
    cluster.stop(0);
  }

  @Test
  void anApplicationPublishesIntoClusterAndSpoolAndShowsItsMetrics() throws Exception {
    try (ConfigurableApplicationContext application =
        SpringApplication.run(
            Application.class,
            "--cluster.url=http://127.0.0.1:" + cluster.getAddress().getPort(),
            "--spool.directory=" + directory.resolve("spool"))) {
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

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      long lines = new String(exchange.getRequestBody().readAllBytes(), UTF_8).lines().count();
      String items = "{\"create\":{\"status\":201}},".repeat((int) lines / 2);
      String answer =
          exchange.getRequestURI().getPath().equals("/_bulk")
              ? "{\"items\":[" + items.substring(0, items.length() - 1) + "]}"
              : "{\"version\":{\"number\":\"8.15.0\"}}";
      byte[] bytes = answer.getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }
}

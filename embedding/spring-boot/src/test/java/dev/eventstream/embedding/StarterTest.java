package dev.eventstream.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.opentelemetry.EventStreamTracing;
import dev.eventstream.spring.PublishEvent;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The starter in a web application, with the versions that Spring Boot manages. */
class StarterTest {
  @TempDir Path directory;

  private StandInCluster cluster;
  private ConfigurableApplicationContext application;

  @PublishEvent(eventType = "order", eventValue = "placed")
  record OrderPlaced(String id, int items) {}

  @RestController
  static class Shop {
    private final EventStream stream;
    private final ApplicationEventPublisher events;
    private final CountDownLatch stopping;

    Shop(EventStream stream, ApplicationEventPublisher events, CountDownLatch stopping) {
      this.stream = stream;
      this.events = events;
      this.stopping = stopping;
    }

    @GetMapping("/view")
    String view() {
      return outcome();
    }

    @GetMapping("/order")
    void order() {
      events.publishEvent(new OrderPlaced("4711", 3));
    }

    /** Is still running when the application stops. */
    @GetMapping("/slow")
    String slow() throws InterruptedException {
      requested.countDown();
      stopping.await();
      return outcome();
    }

    private String outcome() {
      Outcome outcome = stream.publish(Event.of("pageview", "homepage")).join();
      return outcome.kind().name();
    }
  }

  static CountDownLatch requested;

  /** Lets the slow request end while the web server waits for it, in the same phase. */
  static final class Release implements SmartLifecycle {
    private final CountDownLatch stopping;
    private volatile boolean running;

    Release(CountDownLatch stopping) {
      this.stopping = stopping;
    }

    @Override
    public void start() {
      running = true;
    }

    @Override
    public void stop() {
      stopping.countDown();
      running = false;
    }

    @Override
    public boolean isRunning() {
      return running;
    }

    @Override
    public int getPhase() {
      return SmartLifecycle.DEFAULT_PHASE - 1024;
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    @Bean
    CountDownLatch stopping() {
      return new CountDownLatch(1);
    }

    @Bean
    Release release(CountDownLatch stopping) {
      return new Release(stopping);
    }

    @Bean
    Shop shop(EventStream stream, ApplicationEventPublisher events, CountDownLatch stopping) {
      return new Shop(stream, events, stopping);
    }
  }

  @BeforeEach
  void start() throws IOException {
    requested = new CountDownLatch(1);
    cluster = new StandInCluster();
    application =
        SpringApplication.run(
            Application.class,
            "--eventstream.elasticsearch-url=" + cluster.url(),
            "--eventstream.spool.dir=" + directory.resolve("spool"),
            "--server.port=0",
            "--server.shutdown=graceful",
            "--management.endpoint.health.show-details=always",
            "--management.endpoints.web.exposure.include=health,prometheus");
  }

  @AfterEach
  void stop() {
    application.close();
    cluster.close();
  }

  private CompletableFuture<HttpResponse<String>> get(String path) {
    String port = application.getEnvironment().getProperty("local.server.port");
    URI url = URI.create("http://localhost:" + port + path);
    HttpRequest request = HttpRequest.newBuilder(url).build();
    return HttpClient.newHttpClient().sendAsync(request, BodyHandlers.ofString());
  }

  private String answer(String path) throws Exception {
    return get(path).get(20, TimeUnit.SECONDS).body();
  }

  @Test
  void anApplicationPublishesAndShowsHealthMetricsAndTraces() throws Exception {
    assertThat(answer("/view")).isEqualTo("INDEXED");
    answer("/order");

    assertThat(answer("/actuator/health"))
        .contains("\"eventStream\":{", "\"cluster\":{\"takesEvents\":true")
        .contains("\"maxDiskBytes\":1073741824");
    assertThat(answer("/actuator/prometheus"))
        .contains("eventstream_events_total{outcome=\"indexed\"}")
        .contains("eventstream_spool_documents 0.0");
    assertThat(application.getBeansOfType(EventStreamTracing.class)).hasSize(1);
  }

  @Test
  void aRequestThatRunsWhileTheApplicationStopsPublishesItsEvent() throws Exception {
    EventStream stream = application.getBean(EventStream.class);
    CompletableFuture<HttpResponse<String>> answer = get("/slow");
    assertThat(requested.await(20, TimeUnit.SECONDS)).isTrue();

    application.close();

    assertThat(answer.get(20, TimeUnit.SECONDS).body()).isEqualTo("INDEXED");
    Outcome late = stream.publish(Event.of("pageview", "homepage")).join();
    assertThat(late).isInstanceOf(Outcome.Refused.class);
  }
}

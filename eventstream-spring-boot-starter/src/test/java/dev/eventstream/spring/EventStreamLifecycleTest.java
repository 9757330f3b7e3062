package dev.eventstream.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.spi.EventSink;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.web.context.WebServerGracefulShutdownLifecycle;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

class EventStreamLifecycleTest {
  private static final Event EVENT = Event.of("pageview", "homepage");

  private final ApplicationContextRunner application =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  EventStreamAutoConfiguration.class,
                  EventStreamIntegrationAutoConfiguration.class))
          .withPropertyValues("eventstream.spool.enabled=false");

  /** Publishes an event when it is stopped. */
  private static final class LastWords implements SmartLifecycle {
    private final ObjectProvider<EventStream> stream;
    private final int phase;
    private final List<Outcome> outcomes;
    private volatile boolean running;

    LastWords(ObjectProvider<EventStream> stream, int phase, List<Outcome> outcomes) {
      this.stream = stream;
      this.phase = phase;
      this.outcomes = outcomes;
    }

    @Override
    public void start() {
      running = true;
    }

    @Override
    public void stop() {
      outcomes.add(stream.getObject().publish(EVENT).join());
      running = false;
    }

    @Override
    public boolean isRunning() {
      return running;
    }

    @Override
    public int getPhase() {
      return phase;
    }
  }

  private Outcome outcomeAtPhase(int phase) {
    List<Outcome> outcomes = new CopyOnWriteArrayList<>();
    application
        .withBean(StandInSink.class)
        .withInitializer(
            context ->
                context
                    .getBeanFactory()
                    .registerSingleton(
                        "lastWords",
                        new LastWords(
                            context.getBeanFactory().getBeanProvider(EventStream.class),
                            phase,
                            outcomes)))
        .run(context -> {});
    return outcomes.get(0);
  }

  @Test
  void takesEventsWhileTheWebServerAndTaskExecutorsStop() {
    assertThat(outcomeAtPhase(WebServerGracefulShutdownLifecycle.SMART_LIFECYCLE_PHASE))
        .isInstanceOf(Outcome.Indexed.class);
    assertThat(outcomeAtPhase(WebServerGracefulShutdownLifecycle.SMART_LIFECYCLE_PHASE - 1024))
        .isInstanceOf(Outcome.Indexed.class);
    assertThat(outcomeAtPhase(ThreadPoolTaskExecutor.DEFAULT_PHASE))
        .isInstanceOf(Outcome.Indexed.class);
  }

  @Test
  void isClosedBeforeWhatStopsLast() {
    assertThat(outcomeAtPhase(0)).isInstanceOf(Outcome.Refused.class);
  }

  /** A sink with a client, which stops first of all unless others depend on it. */
  @Configuration(proxyBeanMethods = false)
  static class SinkWithClient {
    @Bean
    LastWords client(ObjectProvider<EventStream> stream) {
      return new LastWords(stream, SmartLifecycle.DEFAULT_PHASE, new CopyOnWriteArrayList<>());
    }

    @Bean
    EventSink sink(LastWords client) {
      return new StandInSink();
    }
  }

  @Test
  void isClosedBeforeWhatItsSinkWritesTo() {
    LastWords[] client = new LastWords[1];
    application
        .withUserConfiguration(SinkWithClient.class)
        .run(context -> client[0] = context.getBean(LastWords.class));

    assertThat(client[0].outcomes).singleElement().isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void survivesAStopOfTheContextThatIsNotItsEnd() {
    application
        .withBean(StandInSink.class)
        .run(
            context -> {
              ConfigurableApplicationContext started = context.getSourceApplicationContext();
              started.stop();
              started.start();

              assertThat(context.getBean(EventStream.class).publish(EVENT).join())
                  .isInstanceOf(Outcome.Indexed.class);
            });
  }
}

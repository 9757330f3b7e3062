package dev.eventstream.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class StreamHealthTest {
  private static final String FULL = "eventstream.spool.min-free-bytes=1000000TB";

  @TempDir Path directory;

  private final StandInSink sink = new StandInSink();

  private ApplicationContextRunner application(String... properties) {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                EventStreamAutoConfiguration.class, EventStreamIntegrationAutoConfiguration.class))
        .withBean(StandInSink.class, () -> sink)
        .withPropertyValues("eventstream.spool.dir=" + directory)
        .withPropertyValues(properties);
  }

  private Health health(boolean clusterTakes, String... properties) {
    sink.takesEvents = clusterTakes;
    Health[] health = new Health[1];
    application(properties)
        .run(
            context ->
                health[0] =
                    context
                        .getBean("eventStreamHealthIndicator", HealthIndicator.class)
                        .getHealth(true));
    return health[0];
  }

  @Test
  void isUpWithASpoolThoughTheClusterIsAway() {
    sink.takesEvents = false;
    application()
        .run(
            context -> {
              Event event = Event.of("pageview", "homepage");
              EventStream stream = context.getBean(EventStream.class);
              assertThat(stream.publish(event).get(20, TimeUnit.SECONDS))
                  .isInstanceOf(Outcome.Spooled.class);

              Health health = context.getBean(HealthIndicator.class).getHealth(true);

              assertThat(health.getStatus()).isEqualTo(Status.UP);
              assertThat(health.getDetails().get("cluster"))
                  .asInstanceOf(InstanceOfAssertFactories.MAP)
                  .containsEntry("takesEvents", false)
                  .hasEntrySatisfying(
                      "lastError", error -> assertThat(error.toString()).contains("away"));
              assertThat(health.getDetails().get("spool"))
                  .asInstanceOf(InstanceOfAssertFactories.MAP)
                  .containsEntry("takesEvents", true)
                  .containsEntry("documents", 1L);
            });
  }

  @Test
  void isUpWithAClusterThoughTheSpoolIsFull() {
    Health health = health(true, FULL);

    assertThat(health.getStatus()).isEqualTo(Status.UP);
    assertThat(health.getDetails().get("spool"))
        .asInstanceOf(InstanceOfAssertFactories.MAP)
        .containsKey("refusal");
  }

  @Test
  void isDownWhenNeitherTakesEvents() {
    Health health = health(false, FULL);

    assertThat(health.getStatus()).isEqualTo(Status.DOWN);
    assertThat(health.getDetails().get("cluster"))
        .isEqualTo(Map.of("takesEvents", false, "lastError", "IOException: the cluster is away"));
  }

  @Test
  void isThatOfTheClusterWithoutASpool() {
    assertThat(health(true, "eventstream.spool.enabled=false").getStatus()).isEqualTo(Status.UP);
    assertThat(health(false, "eventstream.spool.enabled=false").getStatus()).isEqualTo(Status.DOWN);
  }

  @Test
  void canBeDisabled() {
    application("management.health.eventstream.enabled=false")
        .run(
            context -> {
              assertThat(context).doesNotHaveBean(HealthIndicator.class);
              assertThat(context).hasSingleBean(EventStream.class);
            });
  }
}

package dev.eventstream.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.eventstream.Acknowledgement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class PropertyFaultsTest {

  private static Throwable failure(String property) {
    Throwable[] failure = new Throwable[1];
    new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(EventStreamAutoConfiguration.class))
        .withPropertyValues(property)
        .run(context -> failure[0] = context.getStartupFailure());
    return failure[0];
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          eventstream.spool.max-bytes  | 20GiB   | a size such as 512MB or 20GB
          eventstream.linger           | 5minute | a time such as 500ms
          eventstream.ack              | maybe   | indexed or spooled
          eventstream.on-mapping-failure | x     | shelter or dead-letter
          eventstream.cluster.compress | perhaps | true or false
          eventstream.max-fields       | many    | a whole number
          eventstream.throttle         | much    | a whole number
          """)
  void aValueThatCannotBeReadIsNamedWithTheRemedy(String property, String value, String remedy) {
    FailureAnalysis analysis =
        new UnreadablePropertyFailureAnalyzer().analyze(failure(property + "=" + value));

    assertThat(analysis.getDescription()).startsWith(property + " is \"" + value + "\"");
    assertThat(analysis.getAction()).contains(remedy);
  }

  @Test
  void propertiesOfOthersAreLeftToSpringBoot() {
    Throwable failure =
        catchThrowable(
            () ->
                new Binder(
                        ConfigurationPropertySources.from(
                            new MapPropertySource("test", Map.of("other.port", "x"))))
                    .bind("other.port", Integer.class));

    assertThat(new UnreadablePropertyFailureAnalyzer().analyze(failure)).isNull();
  }

  @Test
  void faultsArePrintedWithoutAStackTrace() {
    FailureAnalysis analysis =
        new InvalidPropertiesFailureAnalyzer().analyze(failure("eventstream.max-fields=1"));

    assertThat(analysis.getDescription())
        .contains("eventstream.max-fields is \"1\"", "it must be at least 2");
  }

  @Test
  void theEnvironmentVariablesOfTheServerAreUnderstood() {
    StandardEnvironment environment = new StandardEnvironment();
    environment
        .getPropertySources()
        .addFirst(
            new SystemEnvironmentPropertySource(
                "test-" + StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                Map.of(
                    "EVENTSTREAM_CLUSTER_REQUEST_TIMEOUT", "7s",
                    "EVENTSTREAM_CLUSTER_VERIFY_HOST", "no",
                    "EVENTSTREAM_EVENT_TYPES", "pageview,order",
                    "EVENTSTREAM_SPOOL_MAX_BYTES", "20GB",
                    "EVENTSTREAM_ACK", "spooled")));

    EventStreamProperties properties =
        Binder.get(environment).bind("eventstream", EventStreamProperties.class).get();

    assertThat(properties.cluster().requestTimeout()).hasSeconds(7);
    assertThat(properties.cluster().verifyHost()).isFalse();
    assertThat(properties.eventTypes()).containsExactly("pageview", "order");
    assertThat(properties.spool().maxBytes().toGigabytes()).isEqualTo(20);
    assertThat(properties.ack()).isEqualTo(Acknowledgement.SPOOLED);
  }
}

package dev.eventstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EventStreamBuilderTest {

  static Stream<Arguments> settings() {
    return Stream.<Map.Entry<String, Consumer<EventStreamBuilder>>>of(
            Map.entry("maxBatchEvents is 0; it must be at least 1", b -> b.maxBatchEvents(0)),
            Map.entry("maxBatchBytes is -1; it must be at least 1", b -> b.maxBatchBytes(-1)),
            Map.entry(
                "linger (in ns) is -1; it must be at least 0", b -> b.linger(Duration.ofNanos(-1))),
            Map.entry(
                "maxInFlightRequests is 0; it must be at least 1", b -> b.maxInFlightRequests(0)),
            Map.entry("maxInFlightBytes is 0; it must be at least 1", b -> b.maxInFlightBytes(0)),
            Map.entry(
                "deliveryTimeout (in ms) is 0; it must be at least 1",
                b -> b.deliveryTimeout(Duration.ofNanos(999_999))),
            Map.entry(
                "backoff (in ms) is 0; it must be at least 1",
                b -> b.backoff(Duration.ZERO, Duration.ofSeconds(1))),
            Map.entry(
                "the maximum backoff (in ms) is 9; it must be at least 10",
                b -> b.backoff(Duration.ofMillis(10), Duration.ofMillis(9))),
            Map.entry(
                "closeTimeout (in ms) is -1; it must be at least 0",
                b -> b.closeTimeout(Duration.ofMillis(-1))))
        .map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void reportsAnInvalidSettingWithValueAndLimit(
      String message, Consumer<EventStreamBuilder> setting) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> setting.accept(EventStream.builder()))
        .withMessage(message);
  }

  @Test
  void acceptsSettingsAtTheirLimits() {
    assertThatCode(
            () ->
                EventStream.builder()
                    .sink("test-sink://host")
                    .maxBatchEvents(1)
                    .maxBatchBytes(1)
                    .linger(Duration.ZERO)
                    .maxInFlightRequests(1)
                    .maxInFlightBytes(1)
                    .deliveryTimeout(Duration.ofMillis(1))
                    .backoff(Duration.ofMillis(1), Duration.ofMillis(1))
                    .closeTimeout(Duration.ZERO)
                    .build()
                    .close())
        .doesNotThrowAnyException();
  }

  @Test
  void opensTheTransportThatSupportsTheScheme() {
    ServiceLoadedSinks.OPENED.clear();
    try (EventStream stream =
        EventStream.builder().sink(" TEST-sink://one ", "test-sinks://two").build()) {
      assertThat(stream.publish(Event.of("a", "b")).join()).isInstanceOf(Outcome.Indexed.class);
      assertThat(stream.check().toCompletableFuture()).isCompleted();
    }

    assertThat(ServiceLoadedSinks.OPENED)
        .containsExactly(List.of(URI.create("TEST-sink://one"), URI.create("test-sinks://two")));
  }

  @Test
  void rejectsUrlsOfSeveralClusters() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EventStream.builder().sink("test-sink://one", "http://two").build())
        .withMessage(
            "the sink URLs [test-sink://one, http://two] do not belong to one cluster;"
                + " use one stream per cluster");
  }

  @Test
  void reportsTheMissingDependencyOfAScheme() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EventStream.builder().sink("https://u:secret@localhost:9200").build())
        .withMessage(
            "no transport for the sink URL https://***@localhost:9200 is on the class path;"
                + " add the dependency dev.eventstream:eventstream-es");
  }

  @Test
  void reportsAnUnknownSchemeWithTheKnownOnes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EventStream.builder().sink("tets-sink://host:9200").build())
        .withMessage(
            "the sink URL tets-sink://host:9200 has the unknown scheme \"tets-sink\";"
                + " known are test-sink, test-sinks");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "localhost", "localhost/x", "//localhost:9200", "http://a b", "http://["})
  void reportsAnInvalidUrl(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EventStream.builder().sink(url))
        .withMessageContaining("the sink URL \"" + url + "\"")
        .withMessageContaining("expected one such as http://localhost:9200");
  }

  @Test
  void requiresASink() {
    assertThatIllegalStateException()
        .isThrownBy(() -> EventStream.builder().build())
        .withMessage("no sink is set; call sink(\"http://localhost:9200\")");
    assertThatIllegalStateException().isThrownBy(() -> EventStream.builder().sink().build());
  }

  @Test
  void rejectsBothATransformerAndAResolver() {
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                EventStream.builder()
                    .sink("test-sink://host")
                    .transformer((event, documents) -> {})
                    .idResolver(IdResolver.none())
                    .build())
        .withMessage(
            "both a transformer and an idResolver are set; give the resolver to the transformer");
  }
}

package dev.eventstream.examples.transformer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.examples.file.FileSink;
import dev.eventstream.spi.Rejection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivacyTest {
  private static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(UTF_8);

  @TempDir Path directory;

  private Outcome publish(Event event) {
    try (EventStream stream =
        EventStream.builder()
            .sink(directory.toUri().toString())
            .steps(Privacy.steps(KEY, "test"))
            .build()) {
      return stream.publish(event).join();
    }
  }

  @Test
  void personalDataIsNotInTheDocument() throws IOException {
    publish(
        Event.of(
            "order",
            "paid",
            Map.of(
                "user", "anna",
                "password", "secret",
                "card", Map.of("number", "4711", "type", "credit"))));

    assertThat(FileSink.read(directory))
        .singleElement()
        .asString()
        .contains("\"user\":\"", "{\"type\":\"credit\"}", "\"environment\":\"test\"")
        .doesNotContain("anna", "password", "secret", "4711");
  }

  @Test
  void aUserHasOnePseudonymPerKey() {
    Pseudonyms pseudonyms = new Pseudonyms(KEY);

    assertThat(pseudonyms.apply("anna"))
        .hasSize(22)
        .isEqualTo(new Pseudonyms(KEY).apply("anna"))
        .isNotEqualTo(pseudonyms.apply("bert"))
        .isNotEqualTo(
            new Pseudonyms("another key of at least 32 bytes".getBytes(UTF_8)).apply("anna"));
  }

  @Test
  void healthChecksAreDropped() throws IOException {
    assertThat(publish(Event.of("request", "health-check"))).isInstanceOf(Outcome.Dropped.class);
    assertThat(FileSink.read(directory)).isEmpty();
  }

  @Test
  void largeEventsAreRejected() {
    assertThat(publish(Event.of("login", "success", Map.of("text", "x".repeat(10_000)))))
        .isInstanceOfSatisfying(
            Outcome.Rejected.class,
            event -> {
              assertThat(event.code()).isEqualTo(Rejection.TOO_LARGE);
              assertThat(event.reason()).contains("the limit is 10000");
            });
  }

  @Test
  void theProgramRuns() throws IOException {
    Privacy.main(new String[] {directory.toUri().toString()});

    assertThat(FileSink.read(directory)).singleElement().asString().contains("production");
  }

  @Test
  void aShortKeyIsRejected() {
    assertThatThrownBy(() -> new Pseudonyms(new byte[8])).hasMessageContaining("8 bytes");
  }
}

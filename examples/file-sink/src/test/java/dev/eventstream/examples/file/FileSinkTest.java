package dev.eventstream.examples.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSinkTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final byte[] SOURCE = "{}".getBytes(UTF_8);

  @TempDir Path directory;

  private Path file(int number) {
    return directory.resolve("events-00000" + number + ".ndjson");
  }

  private static Outcome publish(EventStream stream, String id) {
    return stream.publish(Event.of("pageview", "homepage").withDocumentId(id)).join();
  }

  @Test
  void theUrlOfADirectoryIsASink() throws IOException {
    WriteToFiles.main(new String[] {directory.toString()});

    assertThat(FileSink.read(directory))
        .satisfiesExactly(
            first -> assertThat(first).contains("\"eventValue\":\"homepage\"", "\"@timestamp\":"),
            second -> assertThat(second).contains("\"eventType\":\"click\""));
  }

  @Test
  void aUrlThatIsNoDirectoryIsAnErrorThatSaysWhatToGive() throws IOException {
    Path occupied = Files.createFile(directory.resolve("file"));

    assertThatThrownBy(() -> EventStream.builder().sink(occupied.toUri().toString()).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(occupied.toUri().toString(), "file:///var/events");
  }

  @Test
  void eachDocumentIsAnActionAndASource() throws IOException {
    try (EventStream stream = EventStream.builder().sink(FileSink.open(directory)).build()) {
      assertThat(publish(stream, "a \"quoted\" id"))
          .isEqualTo(new Outcome.Indexed("pageview", "a \"quoted\" id", null));
    }

    List<String> lines = Files.readAllLines(file(1));
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0))
        .contains("{\"create\":{", "\"_index\":\"pageview\"", "\"_id\":\"a \\\"quoted\\\" id\"");
    assertThat(lines.get(1)).startsWith("{\"eventType\":\"pageview\"");
  }

  @Test
  void aFullFileIsFollowedByAnother() throws IOException {
    try (EventStream stream = EventStream.builder().sink(FileSink.open(directory, 1)).build()) {
      publish(stream, "1");
      publish(stream, "2");
    }
    assertThat(file(1)).content().contains("\"_id\":\"1\"").doesNotContain("\"_id\":\"2\"");
    assertThat(file(2)).content().startsWith("{\"create\":{").contains("\"_id\":\"2\"");
    assertThat(FileSink.read(directory)).hasSize(2);
  }

  @Test
  void whatAFailedWriteHasLeftIsReplaced() throws IOException {
    try (EventStream stream = EventStream.builder().sink(FileSink.open(directory)).build()) {
      publish(stream, "1");
      Files.writeString(file(1), "{\"create\":{\"_id\":\"2".repeat(100), StandardOpenOption.APPEND);
      publish(stream, "2");
    }
    assertThat(Files.readAllLines(file(1))).hasSize(4);
    assertThat(file(1)).content().containsOnlyOnce("\"_id\":\"2\"").endsWith("}\n");
  }

  @Test
  void whatAKilledProcessHasLeftIncompleteIsReplaced() throws IOException {
    Files.writeString(
        file(1), "{\"create\":{}}\n{}\n{\"create\":{}}\n{\"eventType\":" + "x".repeat(1_000));
    try (EventStream stream = EventStream.builder().sink(FileSink.open(directory)).build()) {
      publish(stream, "1");
    }

    assertThat(file(1)).content().startsWith("{\"create\":{}}\n{}\n{\"create\":{\"_");
    assertThat(Files.readAllLines(file(1))).hasSize(4);
  }

  @Test
  void aWriteFailsWhileThereCanBeNoNextFile() throws IOException {
    Path events = directory.resolve("events");
    DocumentBatch first = DocumentBatch.of(new Document("pageview", "1", null, SOURCE));
    DocumentBatch second = DocumentBatch.of(new Document("pageview", "2", null, SOURCE));
    try (FileSink sink = FileSink.open(events, 1)) {
      assertThat(sink.write(first)).succeedsWithin(TIMEOUT);
      Path moved = Files.move(events, directory.resolve("moved"));
      assertThat(sink.write(second)).failsWithin(TIMEOUT);

      Files.move(moved, events);
      assertThat(sink.write(second)).succeedsWithin(TIMEOUT);
    }
    assertThat(FileSink.read(events)).hasSize(2);
  }
}

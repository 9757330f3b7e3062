package dev.eventstream.server.importer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.server.fixture.StoringSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/** Whatever the writers left and whenever the import is cut off, it does everything once. */
final class QueueImportPropertyTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The content of a file, and the expected result. */
  private static final class Queue {
    final byte[] content;
    final List<String> values;
    final int unreadable;
    final int lines;

    Queue(byte[] content, List<String> values, int unreadable, int lines) {
      this.content = content;
      this.values = values;
      this.unreadable = unreadable;
      this.lines = lines;
    }

    @Override
    public String toString() {
      return new String(content, UTF_8);
    }
  }

  private static final class CutOff extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** What ends one run of the import before its end. */
  private enum Stop {
    BEHIND_A_BATCH,
    BEHIND_A_WRITE,
    WHILE_WAITING,
    NEVER
  }

  @Provide
  Arbitrary<Queue> queues() {
    return Arbitraries.randomValue(QueueImportPropertyTest::queue);
  }

  private static Queue queue(Random random) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    List<String> values = new ArrayList<>();
    int unreadable = 0;
    int lines = random.nextInt(25);
    for (int i = 0; i < lines; i++) {
      switch (random.nextInt(10)) {
        case 0 -> content.writeBytes(b(random.nextBoolean() ? "" : " \t"));
        case 1 -> {
          content.writeBytes(torn(random));
          unreadable++;
        }
        case 2 -> {
          content.writeBytes(rest(random));
          unreadable++;
        }
        case 3 -> {
          content.writeBytes(random.nextBoolean() ? torn(random) : rest(random));
          content.writeBytes(good(random, values));
          unreadable++;
        }
        case 4 -> {
          content.writeBytes(good(random, values));
          content.writeBytes(torn(random));
          unreadable++;
        }
        case 5 -> {
          content.writeBytes(good(random, values));
          content.writeBytes(b(" ".repeat(random.nextInt(2))));
          content.writeBytes(good(random, values));
        }
        case 6 -> {
          content.writeBytes(
              switch (random.nextInt(4)) {
                case 0 -> b("null");
                case 1 -> b("[]");
                case 2 -> new byte[] {(byte) 0xFF, 0, (byte) 0xC3};
                default -> b("{\"eventType\":\"no index!\",\"eventValue\":\"x\"}");
              });
          unreadable++;
        }
        default -> content.writeBytes(good(random, values));
      }
      boolean last = i == lines - 1;
      if (!last || random.nextBoolean()) {
        content.writeBytes(b(random.nextInt(4) == 0 ? "\r\n" : "\n"));
      }
    }
    byte[] bytes = content.toByteArray();
    boolean endless = bytes.length > 0 && bytes[bytes.length - 1] != '\n';
    int ends = 0;
    for (byte c : bytes) {
      ends += c == '\n' ? 1 : 0;
    }
    return new Queue(bytes, values, unreadable, ends + (endless ? 1 : 0));
  }

  private static byte[] b(String text) {
    return text.getBytes(UTF_8);
  }

  /** Few kinds of events, so that equal lines occur. */
  private static byte[] event(Random random) {
    String value = "v" + random.nextInt(3);
    return b(
        "{\"eventType\":\"click\",\"eventValue\":\""
            + value
            + (random.nextBoolean() ? "\",\"more\":{\"deep\":[1,{\"\u00e9\":2}]}}" : "\"}"));
  }

  private static byte[] good(Random random, List<String> values) {
    byte[] event = event(random);
    try {
      values.add(JSON.readTree(event).path("eventValue").asText());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return event;
  }

  private static byte[] torn(Random random) {
    byte[] event = event(random);
    return Arrays.copyOf(event, 1 + random.nextInt(event.length - 1));
  }

  private static byte[] rest(Random random) {
    byte[] event = event(random);
    return Arrays.copyOfRange(event, 1 + random.nextInt(event.length - 1), event.length);
  }

  @Property(tries = 100, shrinking = ShrinkingMode.OFF)
  void everyGoodEventComesOnceAndEveryBrokenPartIsReportedOnce(
      @ForAll("queues") Queue queue, @ForAll Random random) throws Exception {
    Path directory =
        Files.createTempDirectory(Files.createDirectories(Path.of("target")), "queue-");
    StoringSink sink = new StoringSink();
    try (EventStream stream = EventStream.builder().sink(sink).build()) {
      Path file = Files.createFile(directory.resolve("q"));
      int written = 0;
      int size = queue.content.length;
      ImportResult result;
      do {
        int next = random.nextInt(3) == 0 ? size : written + random.nextInt(size - written + 1);
        append(file, Arrays.copyOfRange(queue.content, written, next));
        written = next;
        result = runWithStops(stream, sink, file, random);
      } while (written < size);

      assertThat(sink.values()).containsExactlyInAnyOrderElementsOf(queue.values);
      assertThat(report(directory.resolve("q.unreadable"))).hasSize(queue.unreadable);
      ImportCounts counts = result.counts();
      assertThat(counts.lines()).isEqualTo(queue.lines);
      assertThat(counts.unreadable() + counts.rejectedInAll()).isEqualTo(queue.unreadable);
      ImportResult again =
          new QueueImport(stream, new SpoolExits(), file, null).run(new Quiet(), Duration.ZERO);
      assertThat(again.alreadyImported()).isTrue();
      assertThat(again.counts()).isEqualTo(counts);
    } finally {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path each : files.toList()) {
          Files.delete(each);
        }
      }
      Files.delete(directory);
    }
  }

  private static ImportResult runWithStops(
      EventStream stream, StoringSink sink, Path file, Random random) throws Exception {
    int stops = random.nextInt(4);
    while (true) {
      Stop stop = stops-- > 0 ? Stop.values()[random.nextInt(4)] : Stop.NEVER;
      int left = 1 + random.nextInt(4);
      ImportResult result = runUntil(stop, left, stream, sink, file, random);
      sink.afterEveryWrite(() -> {});
      sink.failsWith(document -> null);
      if (result != null) {
        return result;
      }
      Path report = file.resolveSibling("q.unreadable");
      if (random.nextBoolean() && Files.exists(report)) {
        append(report, b("{\"half\":")); // written, and not named by the state
      }
    }
  }

  private static ImportResult runUntil(
      Stop stop, int steps, EventStream stream, StoringSink sink, Path file, Random random)
      throws IOException {
    int[] left = {steps};
    Thread importer = Thread.currentThread();
    if (stop == Stop.BEHIND_A_WRITE) {
      sink.afterEveryWrite(
          () -> {
            if (--left[0] == 0) {
              importer.interrupt();
            }
          });
    } else if (stop == Stop.WHILE_WAITING) {
      sink.failsWith(
          document ->
              random.nextBoolean() ? null : new ItemResult.Failed(FailureClass.BLOCKED, "busy"));
    }
    QueueImport.Listener listener =
        new Quiet() {
          @Override
          public void onProgress(ImportCounts counts, long offset, long size) {
            if (stop == Stop.BEHIND_A_BATCH && --left[0] == 0) {
              throw new CutOff();
            }
          }

          @Override
          public void onRefused(Outcome.Refused refusal) {
            if (--left[0] <= 0) {
              throw new CutOff();
            }
          }
        };
    try {
      return new QueueImport(
              stream, new SpoolExits(), file, null, 1 + random.nextInt(4), time -> {})
          .run(listener, Duration.ZERO);
    } catch (CutOff | InterruptedException e) {
      return null;
    } finally {
      Thread.interrupted(); // where it came behind the last write
    }
  }

  private static class Quiet implements QueueImport.Listener {
    @Override
    public void onProgress(ImportCounts counts, long offset, long size) {}

    @Override
    public void onRefused(Outcome.Refused refusal) {}
  }

  private static void append(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes, StandardOpenOption.APPEND);
  }

  private static List<JsonNode> report(Path file) throws IOException {
    List<JsonNode> entries = new ArrayList<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        entries.add(JSON.readTree(line));
      }
    }
    return entries;
  }
}

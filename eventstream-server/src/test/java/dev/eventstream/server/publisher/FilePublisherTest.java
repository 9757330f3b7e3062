package dev.eventstream.server.publisher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.eventstream.Event;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilePublisherTest {
  @TempDir Path directory;
  private final Target target = new Target();

  /** Keeps documents by their id, as an index does. */
  private static final class Target implements PublishTarget {
    final Map<String, String> documents = new LinkedHashMap<>();
    int refusals;
    int batches;

    @Override
    public Sent send(List<Event> events) {
      batches++;
      if (refusals > 0) {
        refusals--;
        return () -> events.stream().map(event -> new Result("refused", "full")).toList();
      }
      List<Result> results = new ArrayList<>();
      for (Event event : events) {
        if (event.eventValue().equals("bad")) {
          results.add(new Result("rejected", "no such value"));
        } else {
          String before =
              documents.putIfAbsent(
                  String.valueOf(event.documentId()), new String(event.toJson(), UTF_8));
          results.add(new Result(before == null ? "indexed" : "duplicate", ""));
        }
      }
      return () -> results;
    }
  }

  private final List<String> waits = new ArrayList<>();

  private final FilePublisher.Listener listener =
      new FilePublisher.Listener() {
        @Override
        public void onProgress(String input, long bytes, long size, long events) {}

        @Override
        public void onWaiting(String reason) {
          waits.add(reason);
        }
      };

  private Map<String, Long> publish(@Nullable Path rejected, String... files) throws Exception {
    return new FilePublisher(target, rejected, 0, listener)
        .publish(List.of(files), InputStream.nullInputStream());
  }

  private static String event(String value) {
    return "{\"eventType\":\"click\",\"eventValue\":\"" + value + "\"}";
  }

  private static String lines(int count) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines.append(event("v" + i)).append('\n');
    }
    return lines.toString();
  }

  private String write(String name, byte[] content) throws IOException {
    return Files.write(directory.resolve(name), content).toString();
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(plain);
    }
    return out.toByteArray();
  }

  @Test
  void theSameEventsInEveryFormGetTheSameIds() throws Exception {
    String plain = write("a.ndjson", lines(2_500).getBytes(UTF_8));
    assertThat(publish(null, plain)).containsEntry("indexed", 2_500L);

    String array = "[\n  " + lines(2_500).strip().replace("\n", ",\n  ") + "\n]";
    for (String same :
        List.of(
            write("b.ndjson", lines(2_500).getBytes(UTF_8)),
            write("c", gzip(lines(2_500).getBytes(UTF_8))),
            write("d", Zstd.compress(lines(2_500).getBytes(UTF_8))),
            write("e.json", array.getBytes(UTF_8)),
            write("f", gzip(array.getBytes(UTF_8))))) {
      assertThat(publish(null, same)).as(same).containsEntry("duplicate", 2_500L);
    }
    assertThat(target.documents).hasSize(2_500);
  }

  @Test
  void aFileThatHasGrownAddsWhatIsNewAndOthersWithEqualEventsAddAll() throws Exception {
    publish(null, write("log", lines(10).getBytes(UTF_8)));
    assertThat(publish(null, write("log", lines(15).getBytes(UTF_8))))
        .containsEntry("duplicate", 10L)
        .containsEntry("indexed", 5L);

    String other = event("first") + "\n" + lines(10);
    assertThat(publish(null, write("other", other.getBytes(UTF_8)))).containsEntry("indexed", 11L);
    assertThat(publish(null, write("twice", (event("x") + "\n" + event("x")).getBytes(UTF_8))))
        .containsEntry("indexed", 2L);
  }

  @Test
  void aTargetThatIsFullIsWaitedForAndNothingIsCountedTwice() throws Exception {
    target.refusals = 2;

    assertThat(publish(null, write("a", lines(10).getBytes(UTF_8)))).containsEntry("indexed", 10L);

    assertThat(waits).hasSize(2).allMatch(reason -> reason.contains("full"));
    assertThat(target.documents).hasSize(10);
  }

  @Test
  void eventsThatAreNotAcceptedAreReportedWithTheirReasonAndBlockNoOther() throws Exception {
    String content = event("a") + "\n{broken\n" + event("bad") + "\n" + event("b") + "\n";
    Path rejected = directory.resolve("rejected");

    assertThat(publish(rejected, write("in", content.getBytes(UTF_8))))
        .containsEntry("indexed", 2L)
        .containsEntry("rejected", 2L);

    assertThat(Files.readAllLines(rejected))
        .hasSize(2)
        .anyMatch(line -> line.contains("\"position\":1,"))
        .anyMatch(line -> line.contains("\"position\":2,\"reason\":\"no such value\",\"event\":{"));
  }

  @Test
  void patternsAreExpandedInTheOrderOfNamesAndTheStandardInputIsRead() throws Exception {
    write("x-2.ndjson", event("2").getBytes(UTF_8));
    write("x-1.ndjson", event("1").getBytes(UTF_8));
    write("y.ndjson", event("3").getBytes(UTF_8));

    publish(null, directory.resolve("x-*.ndjson").toString());
    assertThat(target.documents.values()).containsExactly(event("1"), event("2"));

    new FilePublisher(target, null, 0, listener)
        .publish(List.of(), new ByteArrayInputStream(event("in").getBytes(UTF_8)));
    assertThat(target.documents.values()).contains(event("in"));
    assertThatThrownBy(() -> publish(null, directory.resolve("z-*").toString()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("z-*");
  }

  @Test
  void aDryRunOnlyCounts() throws Exception {
    String file = write("a", (lines(5) + "nothing\n").getBytes(UTF_8));

    assertThat(
            new FilePublisher(null, null, 0, listener)
                .publish(List.of(file), InputStream.nullInputStream()))
        .containsEntry("valid", 5L)
        .containsEntry("rejected", 1L);
    assertThat(target.batches).isZero();
  }

  @Test
  void aFileThatIsCutOffIsAnErrorAfterItsCompleteEvents() throws Exception {
    byte[] whole = gzip(lines(3_000).getBytes(UTF_8));
    String cut = write("cut.gz", Arrays.copyOf(whole, whole.length / 2));

    assertThatThrownBy(() -> publish(null, cut))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cut.gz");
    assertThat(publish(null, write("whole.gz", whole))).containsEntry("rejected", 0L);
    assertThat(target.documents).hasSize(3_000);
  }

  @Property(tries = 50)
  void anyNumberOfEventsIsInTheTargetOnceHoweverOftenItIsPublished(
      @ForAll @IntRange(max = 2_100) int count, @ForAll @IntRange(min = 1, max = 3) int times)
      throws Exception {
    Target index = new Target();
    for (int i = 0; i < times; i++) {
      new FilePublisher(index, null, 0, listener)
          .publish(List.of("-"), new ByteArrayInputStream(lines(count).getBytes(UTF_8)));
    }
    assertThat(index.documents).hasSize(count);
  }
}

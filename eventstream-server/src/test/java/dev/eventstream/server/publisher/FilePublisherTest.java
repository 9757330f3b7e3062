package dev.eventstream.server.publisher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.server.fixture.StoringSink;
import dev.eventstream.server.importer.SpoolExits;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spool.MapDbSpool;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilePublisherTest {
  @TempDir Path directory;
  private final Target target = new Target();

  /** Keeps documents by their id, as an index does. */
  private static final class Target implements PublishTarget {
    final Map<String, String> documents = new LinkedHashMap<>();
    final List<Integer> batches = new ArrayList<>();
    int room = Integer.MAX_VALUE; // of the next batch; then there is room for all

    @Override
    public Sent send(List<Event> batch, List<Integer> positions) {
      batches.add(positions.size());
      int left = room;
      room = Integer.MAX_VALUE;
      List<Result> results = new ArrayList<>();
      for (int position : positions) {
        Event event = batch.get(position);
        if (left-- <= 0) {
          results.add(new Result("refused", "full", Duration.ofMillis(1)));
        } else if (event.eventValue().equals("bad")) {
          results.add(new Result("rejected", "no such value", Duration.ZERO));
        } else {
          String before =
              documents.putIfAbsent(
                  String.valueOf(event.documentId()), new String(event.toJson(), UTF_8));
          results.add(new Result(before == null ? "indexed" : "duplicate", "", Duration.ZERO));
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
    return new FilePublisher(target, "", rejected, 0, listener)
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
    target.room = 4;

    assertThat(publish(null, write("a", lines(10).getBytes(UTF_8))))
        .containsEntry("indexed", 10L)
        .containsEntry("duplicate", 0L);

    assertThat(waits).containsExactly("6 events are not accepted now: full");
    assertThat(target.batches).containsExactly(10, 6);
    assertThat(target.documents).hasSize(10);
  }

  @Test
  void aSourceDistinguishesFilesThatBeginAlike() throws Exception {
    String file = write("a", lines(3).getBytes(UTF_8));
    for (String source : List.of("", "web-1", "web-2", "web-2")) {
      new FilePublisher(target, source, null, 0, listener)
          .publish(List.of(file), InputStream.nullInputStream());
    }
    assertThat(target.documents).hasSize(9);
  }

  @Test
  void aRateIsKeptInBatchesOfAtMostASecond() throws Exception {
    long began = System.nanoTime();

    new FilePublisher(target, "", null, 10, listener)
        .publish(List.of("-"), new ByteArrayInputStream(lines(20).getBytes(UTF_8)));

    assertThat(target.batches).containsExactly(10, 10);
    assertThat(System.nanoTime() - began).isGreaterThan(900_000_000L);
  }

  @Test
  void partsOfACompressedInputThatArriveLaterAreReadToo() throws Exception {
    ByteArrayInputStream first =
        new ByteArrayInputStream(gzip((event("a") + "\n").getBytes(UTF_8)));
    ByteArrayInputStream second = new ByteArrayInputStream(gzip(event("b").getBytes(UTF_8)));
    InputStream pipe =
        new SequenceInputStream(first, second) {
          @Override
          public int available() {
            return 0; // as a pipe whose writer is slow
          }
        };

    new FilePublisher(target, "", null, 0, listener).publish(List.of("-"), pipe);

    assertThat(target.documents.values()).containsExactly(event("a"), event("b"));
  }

  @Test
  void anArrayBehindAByteOrderMarkIsRead() throws Exception {
    String file = write("a.json", ("\uFEFF [" + event("a") + "]").getBytes(UTF_8));

    assertThat(publish(null, file)).containsEntry("indexed", 1L).containsEntry("rejected", 0L);
  }

  @Test
  void theFileForRejectedEventsIsNeverAnInputAndHoldsNothingOfAnEarlierRun() throws Exception {
    String content = event("bad");
    String input = write("x-1.ndjson", content.getBytes(UTF_8));

    assertThatThrownBy(() -> publish(Path.of(input), directory.resolve("x-*").toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("x-1.ndjson");
    assertThat(Path.of(input)).hasContent(content);

    Path rejected = directory.resolve("rejected");
    publish(rejected, input);
    assertThat(rejected).isNotEmptyFile();
    publish(rejected, write("good", event("a").getBytes(UTF_8)));
    assertThat(rejected).isEmptyFile();
  }

  @Test
  void patternsNameDirectoriesToo() throws Exception {
    for (String host : List.of("web-2", "web-1")) {
      Files.createDirectories(directory.resolve(host));
      write(host + "/log", event(host).getBytes(UTF_8));
    }

    publish(null, directory + "/web-*/l?g");

    assertThat(target.documents.values()).containsExactly(event("web-1"), event("web-2"));
  }

  @Test
  void whatBecameOfSpooledEventsIsCountedToTheEnd(@TempDir Path spool) throws Exception {
    StoringSink sink = new StoringSink();
    sink.failsWith(document -> new ItemResult.Failed(FailureClass.BLOCKED, "read-only"));
    SpoolExits exits = new SpoolExits();
    String file = write("in", (lines(3) + event("bad")).getBytes(UTF_8));
    try (EventStream stream =
        EventStream.builder()
            .sink(sink)
            .listener(exits)
            .spool(MapDbSpool.builder(spool).minFreeBytes(0).open())
            .build()) {
      stream.publish(Event.of("click", "another")).join();
      FilePublisher publisher = new FilePublisher(new StreamTarget(stream), "", null, 0, listener);
      assertThat(publisher.publish(List.of(file), InputStream.nullInputStream()))
          .containsEntry("spooled", 4L);
      assertThat(publisher.awaitSpooled(stream, exits, Duration.ZERO)).containsEntry("spooled", 4L);

      sink.failsWith(
          document ->
              StoringSink.value(document).equals("bad")
                  ? new ItemResult.Failed(FailureClass.NEVER, "no such field")
                  : null);

      Map<String, Long> counts = publisher.awaitSpooled(stream, exits, Duration.ofMinutes(2));

      assertThat(counts).containsEntry("dead_lettered", 1L).containsEntry("spooled", 0L);
      // the stream tries the index with one of its documents, which is a duplicate afterwards
      assertThat(counts.get("indexed") + counts.get("duplicate")).isEqualTo(3);
      assertThat(sink.values()).contains("v0", "v1", "v2").doesNotContain("bad");
    }
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

    new FilePublisher(target, "", null, 0, listener)
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
            new FilePublisher(null, "", null, 0, listener)
                .publish(List.of(file), InputStream.nullInputStream()))
        .containsEntry("valid", 5L)
        .containsEntry("rejected", 1L);
    assertThat(target.batches).isEmpty();
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

  /** How a list of events is written. */
  enum Form {
    LINES("", "\n", "\n"),
    LINES_OF_WINDOWS("\uFEFF", "\r\n", ""),
    LINES_WITH_EMPTY_ONES("\n\n", "\n \n", "\n\n"),
    ARRAY("[", ",", "]"),
    ARRAY_OVER_LINES("\uFEFF \n[\n  ", ",\n  ", "\n]\n");

    private final String before;
    private final String between;
    private final String after;

    Form(String before, String between, String after) {
      this.before = before;
      this.between = between;
      this.after = after;
    }
  }

  /** How bytes are stored. */
  enum Coding {
    PLAIN,
    GZIP,
    GZIP_IN_PARTS,
    ZSTD
  }

  private static byte[] encode(Coding coding, byte[] plain) throws IOException {
    return switch (coding) {
      case PLAIN -> plain;
      case GZIP -> gzip(plain);
      case GZIP_IN_PARTS -> {
        ByteArrayOutputStream parts = new ByteArrayOutputStream();
        int half = plain.length / 2;
        parts.writeBytes(gzip(Arrays.copyOf(plain, half)));
        parts.writeBytes(gzip(Arrays.copyOfRange(plain, half, plain.length)));
        yield parts.toByteArray();
      }
      case ZSTD -> Zstd.compress(plain);
    };
  }

  @Property(tries = 200)
  void everyFormOfTheSameEventsGivesTheSameDocuments(
      @ForAll @Size(min = 1, max = 40) List<@From("values") String> values,
      @ForAll Form form,
      @ForAll Coding coding)
      throws Exception {
    List<String> events = values.stream().map(FilePublisherTest::event).toList();
    Target expected = new Target();
    publishTo(expected, String.join("\n", events).getBytes(UTF_8));
    assertThat(expected.documents.values()).containsExactlyElementsOf(events);

    Target actual = new Target();
    String text = form.before + String.join(form.between, events) + form.after;
    Map<String, Long> counts = publishTo(actual, encode(coding, text.getBytes(UTF_8)));

    assertThat(counts).containsEntry("rejected", 0L);
    assertThat(actual.documents).containsExactlyEntriesOf(expected.documents);
  }

  @Provide
  Arbitrary<String> values() {
    return Arbitraries.strings().withChars("abc [{,}]é").ofMaxLength(30);
  }

  private Map<String, Long> publishTo(Target index, byte[] input) throws Exception {
    return new FilePublisher(index, "", null, 0, listener)
        .publish(List.of("-"), new ByteArrayInputStream(input));
  }

  @Property(tries = 50)
  void anyNumberOfEventsIsInTheTargetOnceHoweverOftenItIsPublished(
      @ForAll @IntRange(max = 2_100) int count, @ForAll @IntRange(min = 1, max = 3) int times)
      throws Exception {
    Target index = new Target();
    for (int i = 0; i < times; i++) {
      publishTo(index, lines(count).getBytes(UTF_8));
    }
    assertThat(index.documents).hasSize(count);
  }
}

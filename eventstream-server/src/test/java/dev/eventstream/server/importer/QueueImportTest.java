package dev.eventstream.server.importer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.Event;
import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.server.fixture.StoringSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spool.MapDbSpool;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueueImportTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final QueueImport.Listener NOBODY = new Listener();

  private static final Random RANDOM = new Random(1);
  private static final Duration NO_WAIT = Duration.ZERO;

  private final StoringSink sink = new StoringSink();
  private final SpoolExits exits = new SpoolExits();
  private EventStream stream;
  private Path file;

  /** Hears, and does nothing unless a test overrides it. */
  private static class Listener implements QueueImport.Listener {
    @Override
    public void onProgress(ImportCounts counts, long offset, long size) {}

    @Override
    public void onRefused(Outcome.Refused refusal) {}
  }

  /** What cuts an import off. */
  private static final class CutOff extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @BeforeEach
  void open(@TempDir Path directory) {
    stream = EventStream.builder().sink(sink).listener(exits).build();
    file = directory.resolve("durable_queue.json");
  }

  @AfterEach
  void close() {
    stream.close();
  }

  @Test
  void publishesEveryLineOnceAndInOrder() throws Exception {
    write(event("a") + "\n" + event("b") + "\n" + event("a") + "\n");

    ImportResult result = run();

    assertThat(sink.values()).containsExactly("a", "b", "a");
    assertThat(result.alreadyImported()).isFalse();
    assertThat(result.counts()).isEqualTo(counts(3, 3, 3, 0, 0, 0, 0, 0));
    assertThat(reportFile()).doesNotExist();
  }

  @Test
  void takesAnEmptyFile() throws Exception {
    write("");

    assertThat(run().counts()).isEqualTo(ImportCounts.NONE);
    assertThat(run().alreadyImported()).isTrue();
  }

  @Test
  void takesALastLineWithoutItsEnd() throws Exception {
    write(event("a") + "\n" + event("b"));

    assertThat(run().counts()).isEqualTo(counts(2, 2, 2, 0, 0, 0, 0, 0));
    assertThat(sink.values()).containsExactly("a", "b");
  }

  @Test
  void passesOverEmptyLinesAndTheLineEndsOfWindows() throws Exception {
    write("\r\n" + event("a") + "\r\n\n  \t\n" + event("b") + "\r\n\n");

    assertThat(run().counts()).isEqualTo(counts(6, 2, 2, 0, 0, 0, 0, 0));
    assertThat(sink.values()).containsExactly("a", "b");
  }

  @Test
  void takesSeveralEventsOfALine() throws Exception {
    write(event("a") + event("b") + "  " + event("c") + "\n");

    assertThat(run().counts()).isEqualTo(counts(1, 3, 3, 0, 0, 0, 0, 0));
    assertThat(sink.values()).containsExactly("a", "b", "c");
  }

  @Test
  void reportsTornLinesAndGoesOn() throws Exception {
    String torn = "{\"eventType\":\"torn\",\"eventVal";
    write(event("a") + "\n" + torn + "\n" + event("b") + "\n" + "ue\":\"x\"}\n" + event("c"));

    assertThat(run().counts()).isEqualTo(counts(5, 3, 3, 0, 0, 0, 0, 2));
    assertThat(sink.values()).containsExactly("a", "b", "c");
    assertThat(report())
        .extracting(this::line, this::offset, this::length, this::text)
        .containsExactly(
            tuple(2, offsetOf(torn), torn.length(), torn),
            tuple(4, offsetOf("ue\":\"x"), 8, "ue\":\"x\"}"));
    assertThat(report().get(0).path("reason").asText()).isNotEmpty();
    assertThat(report().get(1).path("reason").asText()).contains("must be a JSON object");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "{\"eventType\":\"click\",\"eventV",
        "{\"eventType\":\"click\",\"eventValue\":",
        "{\"eventType\":\"click\",\"eventValue\":\"a\",\"in\":[{\"x\":1},",
        "{\"eventType\":\"click\",\"eventValue\":\"a\",\"text\":\"half a sent",
        "lue\":\"x\"}",
        "\"}",
        "}",
      })
  void takesTheEventThatAnotherWriterPutBehindATornOne(String torn) throws Exception {
    write(torn + event("b") + "\n");

    assertThat(run().counts()).isEqualTo(counts(1, 1, 1, 0, 0, 0, 0, 1));
    assertThat(sink.values()).containsExactly("b");
    assertThat(report())
        .extracting(this::offset, this::length, this::text)
        .containsExactly(tuple(0, torn.length(), torn));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"eventType\":5,\"eventValue\":\"a\",\"in\":EVENT}",
        "{\"eventType\":5,\"eventValue\":\"a\",\"in\":[EVENT,1]}",
        "{\"eventType\":5,\"eventValue\":\"a\",\"in\":[1,EVENT]}",
      })
  void doesNotTakeAMemberOfABrokenEventForAnEvent(String broken) throws Exception {
    write(broken.replace("EVENT", event("inner")) + "\n");

    assertThat(run().counts()).isEqualTo(counts(1, 0, 0, 0, 0, 0, 0, 1));
    assertThat(sink.values()).isEmpty();
  }

  @Test
  void reportsBytesThatAreNoTextAsFarAsTheyCanBeShown() throws Exception {
    Files.write(file, "{\"eventType\":\"\u00ff\0".getBytes(ISO_8859_1));

    run();

    assertThat(report())
        .extracting(this::length, this::text)
        .containsExactly(tuple(16, "{\"eventType\":\"\ufffd\0"));
  }

  @Test
  void reportsALineThatIsTooLongWithItsBeginning() throws Exception {
    long length = 40L << 20;
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write((event("a") + "\n").getBytes(UTF_8));
      byte[] mebibyte = "x".repeat(1 << 20).getBytes(UTF_8);
      for (int i = 0; i < 40; i++) {
        out.write(mebibyte);
      }
      out.write(("\n" + event("b") + "\n").getBytes(UTF_8));
    }

    assertThat(run().counts()).isEqualTo(counts(3, 2, 2, 0, 0, 0, 0, 1));
    assertThat(sink.values()).containsExactly("a", "b");
    JsonNode entry = report().get(0);
    assertThat(line(entry)).isEqualTo(2);
    assertThat(entry.path("length").asLong()).isEqualTo(length);
    assertThat(entry.path("reason").asText()).contains("longer than 1048576 bytes");
    assertThat(text(entry)).matches("x{4096}");
  }

  @ParameterizedTest
  @CsvSource({"0, 1, 0", "1, 0, 1"})
  void takesALineOfTheLargestSizeAndNoLarger(int more, int events, int unreadable)
      throws Exception {
    String shortest = "{\"eventType\":\"click\",\"eventValue\":\"\"}";
    int room = EventReader.MAX_EVENT_BYTES - shortest.length();
    write(shortest.replace("\"\"", "\"" + "x".repeat(room + more) + "\"") + "\r\n");

    assertThat(run().counts()).isEqualTo(counts(1, events, events, 0, 0, 0, 0, unreadable));
  }

  @Test
  void reportsWhatIsRejectedAsRejectedWithTheReasonOfEachKind() throws Exception {
    sink.failsWith(
        document ->
            StoringSink.value(document).equals("bad")
                ? new ItemResult.Failed(FailureClass.NEVER, "no such field")
                : null);
    String noIndex = "{\"eventType\":\"../../x\",\"eventValue\":\"oops\"}";
    write(event("a") + "\n" + event("bad") + "\n" + noIndex + "\n" + event("b") + "\n");

    ImportCounts counts = run().counts();

    assertThat(counts.events()).isEqualTo(4);
    assertThat(counts.indexed()).isEqualTo(2);
    assertThat(counts.unreadable()).isZero();
    assertThat(counts.rejected().keySet())
        .containsExactly("document_refused", "invalid_event_type");
    assertThat(counts.rejected().get("document_refused").events()).isEqualTo(1);
    assertThat(counts.rejected().get("document_refused").example()).contains("no such field");
    assertThat(counts.incomplete()).isTrue();
    assertThat(sink.values()).containsExactly("a", "b");
    assertThat(report()).extracting(entry -> entry.path("kind").asText()).containsOnly("rejected");
    assertThat(report())
        .extracting(this::line, this::text)
        .containsExactly(tuple(2, event("bad")), tuple(3, noIndex));
    assertThat(report().get(0).path("reason").asText()).contains("no such field");
  }

  @Test
  void doesNothingTheSecondTime() throws Exception {
    write(event("a") + "\ntorn\n" + event("b"));
    ImportResult first = run();
    String reported = Files.readString(reportFile());

    ImportResult second = run();

    assertThat(second.alreadyImported()).isTrue();
    assertThat(second.counts()).isEqualTo(first.counts());
    assertThat(sink.values()).containsExactly("a", "b");
    assertThat(reportFile()).hasContent(reported);
  }

  @Test
  void makesNoDocumentTwiceWhenItsStateIsLost() throws Exception {
    write(event("a") + "\n" + event("a") + "\n" + event("b") + event("c"));
    run();
    Files.delete(progressFile());

    assertThat(run().counts()).isEqualTo(counts(3, 4, 0, 4, 0, 0, 0, 0));
    assertThat(sink.values()).containsExactly("a", "a", "b", "c");
  }

  @Test
  void goesOnWhereTheFileHasGrown() throws Exception {
    write(event("a") + "\n" + event("b") + "\n");
    run();

    append(event("c") + "\n");

    assertThat(run().counts()).isEqualTo(counts(3, 3, 3, 0, 0, 0, 0, 0));
    assertThat(sink.values()).containsExactly("a", "b", "c");
    assertThat(run().alreadyImported()).isTrue();
  }

  @Test
  void goesOnWhereOnlyTheEndOfTheLastLineIsNew() throws Exception {
    write(event("a"));
    run();

    append("\n");

    assertThat(run().counts()).isEqualTo(counts(1, 1, 0, 1, 0, 0, 0, 0));
    assertThat(sink.values()).containsExactly("a");
  }

  @Test
  void readsALineAgainThatItsWriterHadNotFinished() throws Exception {
    String whole = event("a") + event("b");
    write("torn\n" + whole.substring(0, whole.length() - 5));
    assertThat(run().counts()).isEqualTo(counts(2, 1, 1, 0, 0, 0, 0, 2));

    append(whole.substring(whole.length() - 5) + "\n");

    assertThat(run().counts()).isEqualTo(counts(2, 2, 1, 1, 0, 0, 0, 1));
    assertThat(sink.values()).containsExactly("a", "b");
    assertThat(report()).extracting(this::text).containsExactly("torn");
  }

  @ParameterizedTest
  @ValueSource(strings = {"shorter", "as long", "longer"})
  void refusesAnotherFileOfTheSameName(String other) throws Exception {
    write(event("first") + "\n" + event("second") + "\n");
    run();
    switch (other) {
      case "shorter" -> write(event("first") + "\n");
      case "as long" -> write(event("third") + "\n" + event("second") + "\n");
      default -> write(event("fourth") + "\n" + event("second") + "\n" + event("more") + "\n");
    }

    assertThatThrownBy(this::run)
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            file + " is not the file to which", progressFile().toString(), reportFile().toString());
    assertThat(sink.values()).containsExactly("first", "second");
  }

  @Test
  void keepsTheReportOfAnotherImport() throws Exception {
    write("torn\n");
    run();
    Files.delete(progressFile());

    assertThatThrownBy(this::run)
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(reportFile().toString(), "move it away");
    assertThat(report()).hasSize(1);
  }

  @Test
  void refusesAStateOfTheEarlierVersionWhoseDocumentsHaveOtherIds() throws Exception {
    write(event("a") + "\n");
    Files.writeString(progressFile(), "{\"format\":1}");

    assertThatThrownBy(this::run)
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            progressFile().toString(), "earlier version", "finish this import");
    assertThat(sink.values()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "{}",
        "{\"format\":0}",
        "{\"format\":2}",
        "durable",
        "{\"format\":2,\"source\":\"x\",\"offset\":0,\"link\":\"0\",\"counts\":{}}"
      })
  void refusesAStateThatItDidNotWrite(String state) throws Exception {
    write(event("a") + "\n");
    Files.writeString(progressFile(), state);

    assertThatThrownBy(this::run)
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(progressFile().toString(), "remove it");
    assertThat(sink.values()).isEmpty();
  }

  @Test
  void refusesAFileThatIsNotThere() {
    assertThatThrownBy(this::run)
        .isInstanceOf(IOException.class)
        .hasMessage(file + " is not a readable file");
    assertThat(file.resolveSibling("durable_queue.json.import.lock")).doesNotExist();
  }

  @Test
  void refusesASecondImportWhileOneRuns() throws Exception {
    write(event("a") + "\n");
    List<Throwable> second = new ArrayList<>();

    run(
        new Listener() {
          @Override
          public void onProgress(ImportCounts counts, long offset, long size) {
            try {
              QueueImportTest.this.run();
            } catch (IOException | InterruptedException e) {
              second.add(e);
            }
          }
        });

    assertThat(second).singleElement().asString().contains("another import", file.toString());
    assertThat(sink.values()).containsExactly("a");
  }

  @Test
  void tellsFilesApartThatBeginAlike() throws Exception {
    write(event("a") + "\n");
    run();
    Path other = file.resolveSibling("other.json");
    Files.copy(file, other);

    importOf(other, null).run(NOBODY, NO_WAIT);

    assertThat(sink.values()).containsExactly("a", "a");
  }

  @Test
  void findsTheSameIdsInAFileOfAnotherNameWithTheSameSource() throws Exception {
    write(event("a") + "\n");
    run();
    Path other = file.resolveSibling("other.json");
    Files.copy(file, other);

    importOf(other, "durable_queue.json").run(NOBODY, NO_WAIT);

    assertThat(sink.values()).containsExactly("a");
  }

  @Test
  void goesOnUnderTheSourceThatItWasBegunWithAndNoOther() throws Exception {
    write(event("a") + "\n");
    importOf(file, "host-1").run(NOBODY, NO_WAIT);

    assertThatThrownBy(() -> importOf(file, "host-2").run(NOBODY, NO_WAIT))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("host-1", "host-2");
    assertThat(run().alreadyImported()).isTrue();
  }

  @Test
  void publishesWhatIsRefusedAgainUntilItIsTaken() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    sink.failsWith(
        document ->
            StoringSink.value(document).startsWith("late") && attempts.incrementAndGet() <= 3
                ? new ItemResult.Failed(FailureClass.BLOCKED, "read-only")
                : null);
    write(event("a") + "\n" + event("late1") + "\n" + event("b") + "\n" + event("late2") + "\n");
    List<String> heard = new ArrayList<>();

    ImportResult result =
        importOf(file, null)
            .run(
                new Listener() {
                  @Override
                  public void onRefused(Outcome.Refused refusal) {
                    heard.add(refusal.reason());
                  }
                },
                NO_WAIT);

    assertThat(result.counts()).isEqualTo(counts(4, 4, 4, 0, 0, 0, 0, 0));
    assertThat(sink.values()).containsExactlyInAnyOrder("a", "b", "late1", "late2");
    assertThat(heard).isNotEmpty().containsOnly("read-only");
  }

  @Test
  void stopsWhileItWaitsForABusyCluster() throws Exception {
    sink.failsWith(document -> new ItemResult.Failed(FailureClass.BLOCKED, "read-only"));
    write(event("a") + "\n");

    Listener interrupting =
        new Listener() {
          @Override
          public void onRefused(Outcome.Refused refusal) {
            Thread.currentThread().interrupt();
          }
        };
    assertThatThrownBy(() -> importOf(file, null).run(interrupting, NO_WAIT))
        .isInstanceOf(InterruptedException.class);

    sink.failsWith(document -> null);
    assertThat(run().counts()).isEqualTo(counts(1, 1, 1, 0, 0, 0, 0, 0));
  }

  @Test
  void goesOnFromEveryBatchWhereItWasCutOff() throws Exception {
    int batches = 7;
    List<String> values = lines(batches);
    for (int cut = 1; cut <= batches; cut++) {
      int stop = cut;
      AtomicInteger heard = new AtomicInteger();
      assertThatThrownBy(
              () ->
                  run(
                      new Listener() {
                        @Override
                        public void onProgress(ImportCounts counts, long offset, long size) {
                          if (heard.incrementAndGet() == 1 && counts.lines() >= 2L * stop) {
                            throw new CutOff();
                          }
                        }
                      }))
          .isInstanceOf(CutOff.class);
      Files.writeString(reportFile(), "{\"half an entr", StandardOpenOption.APPEND);
    }

    assertThat(run().counts()).isEqualTo(counts(14, 7, 7, 0, 0, 0, 0, 7));
    assertThat(sink.values()).containsExactlyElementsOf(values);
    assertThat(report())
        .extracting(this::text)
        .containsExactlyElementsOf(IntStream.range(0, batches).mapToObj(i -> "torn" + i).toList());
  }

  @Test
  void goesOnFromEveryWriteBehindWhichItWasInterrupted() throws Exception {
    int batches = 7;
    List<String> values = lines(batches);
    for (int cut = 0; cut < batches; cut++) {
      Thread importer = Thread.currentThread();
      sink.afterEveryWrite(importer::interrupt);
      assertThatThrownBy(this::run).isInstanceOf(InterruptedException.class);
      assertThat(Thread.interrupted()).isFalse();
      sink.afterEveryWrite(() -> {});
      // one batch further, which makes the documents of the interrupted one again
      assertThatThrownBy(
              () ->
                  run(
                      new Listener() {
                        @Override
                        public void onProgress(ImportCounts counts, long offset, long size) {
                          throw new CutOff();
                        }
                      }))
          .isInstanceOf(CutOff.class);
    }

    ImportResult result = run();

    assertThat(sink.values()).containsExactlyElementsOf(values);
    assertThat(result.counts()).isEqualTo(counts(14, 7, 0, 7, 0, 0, 0, 7));
    assertThat(report()).hasSize(batches);
  }

  @Test
  void givesEveryEventAnIdOfItsOwn() throws Exception {
    write(String.join("", Collections.nCopies(1_000, event("a") + event("a") + "\n")));

    run();

    assertThat(sink.ids())
        .hasSize(2_000)
        .allSatisfy(id -> assertThat(id).matches("click/queue-[0-9a-f]{32}"));
  }

  @Test
  void countsWhatBecameOfSpooledEventsAndNotThoseOfOthers(@TempDir Path spool) throws Exception {
    withSpool(spool);
    sink.failsWith(document -> new ItemResult.Failed(FailureClass.BLOCKED, "read-only"));
    write(event("a") + "\n" + event("bad") + "\n" + event("b") + "\n");
    for (String value : List.of("bad", "other")) {
      stream.publish(Event.of("click", value)).join();
    }
    Path other = Files.writeString(file.resolveSibling("other.json"), event("bad") + "\n");
    importOf(other, null).run(NOBODY, NO_WAIT);
    assertThat(run().counts()).isEqualTo(counts(3, 3, 0, 0, 3, 0, 0, 0));

    sink.failsWith(
        document ->
            StoringSink.value(document).equals("bad")
                ? new ItemResult.Failed(FailureClass.NEVER, "no such field")
                : null);
    ImportResult result = waiting(Duration.ofMinutes(10));

    assertThat(result.alreadyImported()).isTrue();
    assertThat(result.counts()).isEqualTo(counts(3, 3, 2, 0, 0, 1, 0, 0));
    assertThat(result.counts().incomplete()).isTrue();
    assertThat(run().counts()).isEqualTo(result.counts());
  }

  @Test
  void stopsWaitingWhenNothingLeavesTheSpoolForTheGivenTime(@TempDir Path spool) throws Exception {
    withSpool(spool);
    sink.failsWith(document -> new ItemResult.Failed(FailureClass.BLOCKED, "read-only"));
    write(event("a") + "\n");
    List<Duration> pauses = new ArrayList<>();
    AtomicInteger heard = new AtomicInteger();

    ImportResult result =
        new QueueImport(stream, exits, file, null, 2, pauses::add)
            .run(
                new Listener() {
                  @Override
                  public void onWaiting(long events) {
                    heard.incrementAndGet();
                    assertThat(events).isEqualTo(1);
                  }
                },
                Duration.ofMinutes(1));

    assertThat(result.counts()).isEqualTo(counts(1, 1, 0, 0, 1, 0, 0, 0));
    assertThat(result.counts().incomplete()).isFalse();
    Duration waited = pauses.stream().reduce(Duration.ZERO, Duration::plus);
    assertThat(waited).isBetween(Duration.ofSeconds(59), Duration.ofSeconds(61));
    assertThat(heard).hasValue(pauses.size());
  }

  @Test
  void aFileWhoseNameAnotherOneHasInTheSameSpoolNeedsAnotherSource(@TempDir Path spool)
      throws Exception {
    write(event("a") + "\n");
    importOf(file, null).noting(spool).run(NOBODY, NO_WAIT);
    Path host2 = Files.createDirectory(file.resolveSibling("host-2"));
    Path other = Files.copy(file, host2.resolve("durable_queue.json"));

    assertThatThrownBy(() -> importOf(other, null).noting(spool).run(NOBODY, NO_WAIT))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(file.toRealPath().toString(), other.toString(), "--source");
    assertThat(host2.resolve("durable_queue.json.import")).doesNotExist();

    importOf(other, "host-2").noting(spool).run(NOBODY, NO_WAIT);
    assertThat(sink.values()).containsExactly("a", "a");
  }

  @Test
  void aFileThatWasMovedKeepsItsSource(@TempDir Path spool) throws Exception {
    write(event("a") + "\n");
    importOf(file, null).noting(spool).run(NOBODY, NO_WAIT);
    Path directory = Files.createDirectory(file.resolveSibling("moved"));
    Path moved = Files.move(file, directory.resolve("durable_queue.json"));

    assertThat(importOf(moved, null).noting(spool).run(NOBODY, NO_WAIT).counts())
        .isEqualTo(counts(1, 1, 0, 1, 0, 0, 0, 0));
    assertThat(sink.values()).containsExactly("a");
  }

  @Test
  void countsAreRightToTheLastOneWhenTheDeadLettersAreFull(@TempDir Path directory)
      throws Exception {
    stream.close();
    MapDbSpool spool =
        MapDbSpool.builder(directory).minFreeBytes(0).maxDeadLetterBytes(16 << 20).open();
    stream = EventStream.builder().sink(sink).listener(exits).spool(spool).build();
    sink.failsWith(document -> new ItemResult.Failed(FailureClass.BLOCKED, "read-only"));
    int events = 1_500;
    int misfits = events / 3;
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < events; i++) {
      lines.append(i % 3 == 0 ? big("bad") : event("v" + i)).append('\n');
    }
    write(lines + "torn\n");
    assertThat(run().counts().spooled()).isEqualTo(events);

    sink.failsWith(
        document ->
            StoringSink.value(document).equals("bad")
                ? new ItemResult.Failed(FailureClass.NEVER, "no such field")
                : null);
    await().atMost(Duration.ofMinutes(1)).until(() -> sink.values().size() == events - misfits);
    ImportCounts counts = waiting(Duration.ofSeconds(5)).counts();

    assertThat(counts.events()).isEqualTo(events);
    assertThat(counts.indexed() + counts.duplicates()).isEqualTo(events - misfits);
    assertThat(sink.values()).doesNotContain("bad");
    assertThat(counts.deadLettered())
        .isEqualTo(stream.deadLetters().count())
        .isBetween(1L, misfits - 1L);
    assertThat(counts.spooled())
        .isEqualTo(stream.backlog().spool().documents())
        .isEqualTo(misfits - counts.deadLettered());
    assertThat(counts.unreadable()).isEqualTo(1);
    assertThat(counts.rejectedInAll()).isZero();
    assertThat(counts.incomplete()).isTrue();
    assertThat(new QueueImport(stream, new SpoolExits(), file, null).run(NOBODY, NO_WAIT).counts())
        .isEqualTo(counts); // as another process
  }

  /** Random, so that it is not compressed. */
  private static String big(String value) {
    byte[] bytes = new byte[50_000];
    RANDOM.nextBytes(bytes);
    return event(value).replace("}", ",\"text\":\"" + HexFormat.of().formatHex(bytes) + "\"}");
  }

  @Test
  void countsNoEventTwiceOfWhichTheSpoolHoldsSeveralCopies() {
    ImportCounts settled =
        counts(3, 3, 0, 0, 3, 0, 0, 0).settled(new SpoolExits.Totals(2, 3, 0, 1));

    assertThat(settled).isEqualTo(counts(3, 3, 2, 0, 0, 1, 0, 0));
  }

  private void withSpool(Path directory) throws IOException {
    stream.close();
    stream =
        EventStream.builder()
            .sink(sink)
            .listener(exits)
            .spool(MapDbSpool.builder(directory).minFreeBytes(0).open())
            .build();
  }

  /** Waits in real time between looks, since the replay runs in real time. */
  private ImportResult waiting(Duration maxWait) throws IOException, InterruptedException {
    return importOf(file, null).run(NOBODY, maxWait);
  }

  /** Two lines a batch of two entries: one whole, one torn. */
  private List<String> lines(int count) throws IOException {
    List<String> values = new ArrayList<>();
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      values.add("v" + i);
      lines.append(event("v" + i)).append("\ntorn").append(i).append('\n');
    }
    write(lines.toString());
    return values;
  }

  private ImportResult run() throws IOException, InterruptedException {
    return run(NOBODY);
  }

  private ImportResult run(QueueImport.Listener listener) throws IOException, InterruptedException {
    return new QueueImport(stream, exits, file, null, 2, time -> {}).run(listener, NO_WAIT);
  }

  private QueueImport importOf(Path queue, String source) {
    return new QueueImport(stream, exits, queue, source);
  }

  private static ImportCounts counts(
      long lines,
      long events,
      long indexed,
      long duplicates,
      long spooled,
      long deadLettered,
      long dropped,
      long unreadable) {
    return new ImportCounts(
        lines, events, indexed, duplicates, spooled, deadLettered, dropped, unreadable, Map.of());
  }

  private static String event(String value) {
    return "{\"eventType\":\"click\",\"eventValue\":\"" + value + "\"}";
  }

  private void write(String content) throws IOException {
    Files.writeString(file, content);
  }

  private void append(String content) throws IOException {
    Files.writeString(file, content, StandardOpenOption.APPEND);
  }

  private Path progressFile() {
    return file.resolveSibling("durable_queue.json.import");
  }

  private Path reportFile() {
    return file.resolveSibling("durable_queue.json.unreadable");
  }

  private int offsetOf(String part) throws IOException {
    return Files.readString(file).indexOf(part);
  }

  private List<JsonNode> report() throws IOException {
    List<JsonNode> entries = new ArrayList<>();
    for (String line : Files.readString(reportFile()).split("\n", -1)) {
      if (!line.isEmpty()) {
        entries.add(JSON.readTree(line));
      }
    }
    return entries;
  }

  private int line(JsonNode entry) {
    return entry.path("line").asInt();
  }

  private int offset(JsonNode entry) {
    return entry.path("offset").asInt();
  }

  private int length(JsonNode entry) {
    return entry.path("length").asInt();
  }

  private String text(JsonNode entry) {
    return entry.path("text").asText();
  }
}

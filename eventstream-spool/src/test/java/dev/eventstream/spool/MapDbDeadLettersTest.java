package dev.eventstream.spool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.Document;
import dev.eventstream.spool.log.Block;
import dev.eventstream.spool.log.SegmentReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MapDbDeadLettersTest {
  @TempDir Path root;

  private MapDbSpool spool;
  private DeadLetters letters;

  @BeforeEach
  void open() throws IOException {
    spool = Spools.small(root).maxDeadLetterBytes(16 << 20).open();
    letters = spool.deadLetters();
  }

  @AfterEach
  void close() {
    spool.close();
  }

  private void reopen() throws IOException {
    close();
    open();
  }

  private void add(List<DeadLetter> more) {
    letters.add(more).toCompletableFuture().join();
  }

  private List<DeadLetter> list() throws IOException {
    List<DeadLetter> all = new ArrayList<>();
    letters.forEach(letter -> true, all::add);
    return all;
  }

  private List<Path> files() throws IOException {
    return Spools.files(root, ".segment").stream()
        .filter(f -> f.toString().contains("dead-letters"))
        .toList();
  }

  @Test
  void areListedOldestFirstAndSurviveReopening() throws IOException {
    add(Letters.letters(0, 500, 100));
    add(Letters.letters(500, 3, 70_000));
    List<DeadLetter> before = list();
    assertThat(before).hasSize(503);
    assertThat(before.get(7).reason()).isEqualTo("reason 7");
    assertThat(before.get(7).document().eventId()).isEqualTo("event-id-7");
    assertThat(before.get(502).document().source()).hasSizeGreaterThan(70_000);
    assertThat(Letters.ids(letters))
        .isEqualTo(before.stream().map(l -> l.document().id()).toList());
    assertThat(Letters.ids(letters).get(0)).isEqualTo("id-0");
    assertThat(Letters.ids(letters).get(502)).isEqualTo("id-502");

    reopen();

    assertThat(letters.count()).isEqualTo(503);
    assertThat(shown(list())).isEqualTo(shown(before));
  }

  private static List<String> shown(List<DeadLetter> letters) {
    return letters.stream()
        .map(l -> l + " " + l.document().eventId() + " " + new String(l.document().source(), UTF_8))
        .toList();
  }

  @Test
  void areFilteredByTypeReasonAndId() throws IOException {
    add(Letters.letters(0, 30, 10));
    assertThat(count(DeadLetter.ofType("type-1"))).isEqualTo(10);
    assertThat(count(DeadLetter.withReason("REASON 2"))).isEqualTo(11);
    assertThat(count(DeadLetter.withId("id-17"))).isEqualTo(1);
    assertThat(count(DeadLetter.ofType("type-1").and(DeadLetter.withId("id-17")))).isZero();
  }

  private int count(Predicate<DeadLetter> filter) throws IOException {
    List<DeadLetter> found = new ArrayList<>();
    letters.forEach(filter, found::add);
    return found.size();
  }

  @Test
  void areExportedAsOneJsonObjectPerLine() throws IOException {
    String reason = "a \"quote\"\na line break, \u00e9 and \ud83d\ude00";
    DeadLetter letter =
        new DeadLetter(
            new Document("index", "id\"1", null, "{\"a\":[1,{}]}".getBytes(UTF_8)),
            reason,
            Instant.parse("2026-01-02T03:04:05.006Z"),
            Instant.parse("2026-02-02T03:04:05Z"));
    add(List.of(letter));
    add(Letters.letters(0, 2_000, 100));
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    long exported = letters.export(any -> true, out);

    String[] lines = out.toString(UTF_8).split("\n");
    assertThat(exported).isEqualTo(2_001);
    assertThat(lines).hasSize(2_001);
    for (String line : lines) {
      try (JsonParser json = new JsonFactory().createParser(line)) {
        assertThat(json.nextToken()).isEqualTo(JsonToken.START_OBJECT);
        json.skipChildren();
        assertThat(json.nextToken()).isNull();
      }
    }
    assertThat(lines[2_000])
        .contains("\"index\":\"index\",\"id\":\"id\\\"1\",\"reason\":\"a \\\"quote\\\"\\na line")
        .contains("\"firstAttempt\":\"2026-01-02T03:04:05.006Z\"")
        .contains("\"lastAttempt\":\"2026-02-02T03:04:05Z\"")
        .endsWith("\"document\":{\"a\":[1,{}]}}");
  }

  @Test
  void anExportThatCannotBeWrittenFails() {
    add(Letters.letters(0, 2_000, 100));
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("no space left");
          }
        };
    assertThatThrownBy(() -> letters.export(letter -> true, full))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("no space left");
  }

  @Test
  void arePurgedAndRemovedForGood() throws IOException {
    add(Letters.letters(0, 30, 10));
    assertThat(letters.purge(DeadLetter.ofType("type-0"))).isEqualTo(10);
    letters.remove(Letters.letters(1, 1, 10));
    letters.remove(Letters.letters(1, 1, 10)); // is ignored
    assertThat(letters.count()).isEqualTo(19);

    reopen();

    assertThat(letters.count()).isEqualTo(19);
    assertThat(count(DeadLetter.ofType("type-0"))).isZero();
    assertThat(count(DeadLetter.withId("id-1"))).isZero();
  }

  @Test
  void addingAgainReplacesALetterAndKeepsItsFirstAttempt() throws IOException {
    add(List.of(Letters.letter("id", "old", "first reason", 10, 1_000)));
    add(List.of(Letters.letter("id", "new", "second reason", 10, 2_000)));
    for (int i = 0; i < 2; i++) {
      assertThat(letters.count()).isEqualTo(1);
      DeadLetter letter = list().get(0);
      assertThat(letter.reason()).isEqualTo("second reason");
      assertThat(letter.eventType()).isEqualTo("new");
      assertThat(letter.firstAttempt().toEpochMilli()).isEqualTo(1_000);
      assertThat(letter.lastAttempt().toEpochMilli()).isEqualTo(2_000);
      reopen();
    }
  }

  @Test
  void removingAReplacedLetterLeavesTheNewerOne() throws IOException {
    DeadLetter old = Letters.letter("id", "type", "first reason", 10, 1_000);
    add(List.of(old));
    add(List.of(Letters.letter("id", "type", "second reason", 10, 2_000)));

    letters.remove(List.of(old));

    assertThat(list()).extracting(DeadLetter::reason).containsExactly("second reason");
  }

  @Test
  void freesTheSpaceOfRemovedLettersAndKeepsTheOrder() throws IOException {
    for (int i = 0; i < 12; i++) {
      add(Letters.letters(10 * i, 10, 90_000));
    }
    assertThat(files()).hasSizeGreaterThanOrEqualTo(3);

    letters.purge(letter -> !letter.document().id().endsWith("7"));

    List<String> rest = new ArrayList<>();
    for (int i = 7; i < 120; i += 10) {
      rest.add("id-" + i);
    }
    assertThat(Letters.ids(letters)).isEqualTo(rest);
    await().untilAsserted(() -> assertThat(files()).hasSizeLessThanOrEqualTo(2));
    await()
        .untilAsserted(
            () -> assertThat(letters.diskBytes()).isEqualTo(files().size() * (4L << 20)));
    reopen();
    assertThat(Letters.ids(letters)).isEqualTo(rest);
  }

  @Test
  void listsLettersThatCompactionMovesMeanwhile() throws IOException {
    for (int i = 0; i < 12; i++) {
      add(Letters.letters(10 * i, 10, 90_000));
    }
    List<String> listed = new ArrayList<>();
    letters.forEach(
        letter -> letter.document().id().endsWith("7"),
        letter -> {
          if (listed.isEmpty()) {
            try {
              letters.purge(other -> !other.document().id().endsWith("7"));
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          }
          listed.add(letter.document().id());
        });
    assertThat(listed).hasSize(12);
  }

  @Test
  void refusesAtTheLimitOfBytesUntilLettersArePurged() throws IOException {
    CompletableFuture<Void> result = CompletableFuture.completedFuture(null);
    int added = 0;
    while (!result.isCompletedExceptionally()) {
      result = letters.add(Letters.letters(added, 1, 1 << 20)).toCompletableFuture();
      assertThat(result.handle((done, e) -> "").join()).isEmpty();
      added++;
      assertThat(added).isLessThan(20);
    }
    assertThat(result)
        .failsWithin(Duration.ofSeconds(1))
        .withThrowableThat()
        .withMessageContaining("the dead letters cannot be kept")
        .withMessageContaining("is full: it takes");
    assertThat(letters.count()).isEqualTo(added - 1);
    assertThat(letters.diskBytes()).isLessThanOrEqualTo(16 << 20);

    assertThat(letters.purge(letter -> true)).isEqualTo(added - 1);

    add(Letters.letters(0, 1, 1 << 20));
    reopen();
    assertThat(Letters.ids(letters)).containsExactly("id-0");
  }

  @Test
  void keepsAllLettersOfAListOrNone() throws IOException {
    CompletableFuture<Void> result = CompletableFuture.completedFuture(null);
    int lists = 0;
    while (!result.isCompletedExceptionally()) {
      result = letters.add(Letters.letters(5 * lists, 5, 1 << 20)).toCompletableFuture();
      assertThat(result.handle((done, e) -> "").join()).isEmpty();
      lists++;
      assertThat(lists).isLessThan(10);
    }
    assertThat(letters.count()).isEqualTo(5L * (lists - 1));

    // would make a part that was written before the refusal durable
    assertThat(letters.purge(DeadLetter.withId("id-0"))).isEqualTo(1);
    reopen();
    assertThat(letters.count()).isEqualTo(5L * (lists - 1) - 1);
  }

  @Test
  void refusesAtTheLimitOfLettersExceptToReplaceOne() throws IOException {
    for (int i = 0; i < 10; i++) {
      add(Letters.letters(10_000 * i, 10_000, 1));
    }
    assertThat(letters.add(Letters.letters(100_000, 1, 1)).toCompletableFuture())
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableThat()
        .withMessageContaining("there are 100,000 of the 100,000 that there may be; purge them");
    add(Letters.letters(5, 10, 1));
    assertThat(Letters.ids(letters)).hasSize(100_000);
  }

  @Test
  void keepsDocumentsOfAMegabyteAndRefusesOnesLargerThanASegment() throws IOException {
    add(Letters.letters(0, 3, 1 << 20));
    reopen();
    assertThat(list()).allMatch(l -> l.document().source().length > 1 << 20).hasSize(3);
    assertThat(letters.add(Letters.letters(3, 1, 4 << 20)).toCompletableFuture())
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableThat()
        .withMessageContaining("is larger than what is kept");
    assertThat(letters.count()).isEqualTo(3);
  }

  @Test
  void areAddedListedAndRemovedConcurrently() throws IOException {
    List<CompletionStage<Void>> adding = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      adding.add(letters.add(Letters.letters(20 * i, 20, 500)));
      if (i % 20 == 0) {
        assertThat(Letters.ids(letters)).doesNotHaveDuplicates();
        letters.purge(DeadLetter.ofType("type-0"));
      }
    }
    adding.forEach(stage -> stage.toCompletableFuture().join());
    letters.purge(DeadLetter.ofType("type-0"));
    List<String> ids = Letters.ids(letters);
    assertThat(ids).doesNotHaveDuplicates().hasSize((int) letters.count()).hasSize(2_666);
    reopen();
    assertThat(Letters.ids(letters)).isEqualTo(ids);
  }

  @Test
  void aDamagedBlockDoesNotAffectOtherLettersAndItsFileIsKept() throws IOException {
    for (int i = 0; i < 12; i++) {
      add(Letters.letters(10 * i, 10, 90_000));
    }
    Path damaged = files().get(0);
    close();
    try (RandomAccessFile file = new RandomAccessFile(damaged.toFile(), "rw")) {
      file.seek((1 << 20) + 2_000);
      file.write('#');
    }
    byte[] bytes = Files.readAllBytes(damaged);
    open();
    assertThat(letters.count()).isEqualTo(119);
    assertThat(spool.state().damaged()).containsExactly(damaged.toString());

    letters.purge(letter -> true);

    assertThat(letters.count()).isZero();
    assertThat(spool.state().damaged()).hasSize(1);
    await().until(() -> !spool.state().damaged().contains(damaged.toString()));
    assertThat(Files.readAllBytes(Path.of(spool.state().damaged().get(0)))).isEqualTo(bytes);
    reopen();
    assertThat(letters.count()).isZero();
    assertThat(spool.state().damaged()).hasSize(1);
  }

  @Test
  void touchesNoFileAfterClosing() throws IOException {
    List<DeadLetter> added = Letters.letters(0, 3, 10);
    add(added);
    close();
    List<Path> files = files();
    assertThatThrownBy(() -> letters.purge(letter -> true))
        .isInstanceOf(IOException.class)
        .hasMessage("the dead letters are closed");
    assertThatThrownBy(() -> letters.remove(added)).hasMessage("the dead letters are closed");
    assertThat(files()).isEqualTo(files);
    reopen();
    assertThat(letters.count()).isEqualTo(3);
  }

  @Test
  void removalsHaveTheTimeOfTheClock() throws IOException {
    close();
    Clock clock = Clock.fixed(Instant.ofEpochMilli(1_234_567), ZoneOffset.UTC);
    spool = Spools.small(root).clock(clock).open();
    letters = spool.deadLetters();
    add(Letters.letters(0, 3, 10));
    letters.purge(DeadLetter.withId("id-1"));
    Path file = files().get(0);
    close();
    try (SegmentReader reader = SegmentReader.open(file)) {
      Block removal = reader.read(1);
      assertThat(removal).isNotNull();
      assertThat(removal.kind()).isEqualTo(Block.REMOVALS);
      assertThat(removal.acceptedAt()).isEqualTo(1_234_567);
    }
  }

  @Test
  void areAddedWhileASegmentIsCompacted() throws IOException {
    close();
    List<String> fsyncs = new CopyOnWriteArrayList<>();
    CompletableFuture<Void> added = new CompletableFuture<>();
    Consumer<Runnable> fsync =
        disk -> {
          String thread = Thread.currentThread().getName();
          if (thread.equals("eventstream-spool-files") && !fsyncs.contains(thread)) {
            letters.add(Letters.letters(999, 1, 10)).thenRun(() -> added.complete(null));
            await().until(() -> isWaiting("eventstream-dead-letters"));
          }
          fsyncs.add(thread);
          disk.run();
        };
    spool = Spools.small(root).maxDeadLetterBytes(32 << 20).fsync(fsync).open();
    letters = spool.deadLetters();
    for (int i = 0; i < 12; i++) {
      add(Letters.letters(10 * i, 10, 90_000));
    }
    fsyncs.clear();

    // the first segment keeps most of its 3 MB, the others nothing
    letters.purge(letter -> number(letter) >= 25);

    assertThat(added).succeedsWithin(Duration.ofSeconds(10));
    await().until(() -> files().size() <= 2);
    int last = fsyncs.lastIndexOf("eventstream-spool-files");
    assertThat(fsyncs.indexOf("eventstream-dead-letters")).isPositive().isLessThan(last);
    assertThat(letters.count()).isEqualTo(26);
  }

  private static boolean isWaiting(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(t -> t.getName().equals(name) && t.getState() == Thread.State.WAITING);
  }

  private static int number(DeadLetter letter) {
    return Integer.parseInt(letter.document().id().substring("id-".length()));
  }

  @Test
  void refusesWhenClosed() {
    spool.close();
    assertThat(letters.add(Letters.letters(0, 1, 1)).toCompletableFuture())
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableThat()
        .withMessageContaining("the dead letters are closed");
  }
}

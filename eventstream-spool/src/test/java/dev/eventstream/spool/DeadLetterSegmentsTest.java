package dev.eventstream.spool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.Document;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadLetterSegmentsTest {
  private static final long LIMIT = 16 << 20; // four segments

  @TempDir Path root;

  @Test
  void manyProcessesWithFewLettersDoNotUseUpTheSpace() throws IOException {
    for (int i = 0; i < 30; i++) {
      try (MapDbSpool spool = open()) {
        spool.deadLetters().add(List.of(letter(i, 100))).toCompletableFuture().join();

        assertThat(spool.deadLetters().diskBytes()).isLessThanOrEqualTo(LIMIT + (4 << 20));
      }
    }
    try (MapDbSpool spool = open()) {
      assertThat(ids(spool.deadLetters()))
          .containsExactlyElementsOf(IntStream.range(0, 30).mapToObj(i -> "id-" + i).toList());
      assertThat(spool.state().damaged()).isEmpty();
    }
  }

  @Test
  void listsEveryRemainingLetterWhileOthersAreRemoved() throws IOException {
    int count = 1_000;
    try (MapDbSpool spool = open()) {
      DeadLetters letters = spool.deadLetters();
      for (int i = 0; i < count; i += 100) {
        letters
            .add(IntStream.range(i, i + 100).mapToObj(n -> letter(n, 8_000)).toList())
            .toCompletableFuture()
            .join();
      }
      List<String> shown = new ArrayList<>();
      List<DeadLetter> arrived = new ArrayList<>();

      letters.forEach(
          letter -> true,
          letter -> {
            shown.add(letter.document().id());
            arrived.add(letter);
            if (arrived.size() == 50) {
              remove(letters, arrived);
            }
          });

      assertThat(shown).hasSize(count).doesNotHaveDuplicates();
      assertThat(letters.count()).isZero();
    }
  }

  private MapDbSpool open() throws IOException {
    return MapDbSpool.builder(root).minFreeBytes(0).maxDeadLetterBytes(LIMIT).open();
  }

  private static void remove(DeadLetters letters, List<DeadLetter> gone) {
    try {
      letters.remove(gone);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    gone.clear();
  }

  private static DeadLetter letter(int n, int size) {
    byte[] source = ("{\"n\":" + n + ",\"text\":\"" + "x".repeat(size) + "\"}").getBytes(UTF_8);
    Instant time = Instant.ofEpochSecond(1_000_000 + n);
    return new DeadLetter(new Document("index", "id-" + n, null, source), "no", time, time);
  }

  private static List<String> ids(DeadLetters letters) throws IOException {
    List<String> ids = new ArrayList<>();
    letters.forEach(letter -> true, letter -> ids.add(letter.document().id()));
    return ids;
  }
}

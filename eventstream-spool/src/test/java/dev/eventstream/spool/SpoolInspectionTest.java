package dev.eventstream.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.spi.Spool;
import dev.eventstream.spi.SpoolState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files show the same figures as the process that owns them. */
class SpoolInspectionTest {
  @TempDir Path directory;
  private Path root;

  @BeforeEach
  void chooseRoot() {
    root = directory.resolve("root");
  }

  private MapDbSpool open(Path at) throws IOException {
    return MapDbSpool.builder(at).minFreeBytes(0).open();
  }

  private static void write(MapDbSpool spool, int documents) {
    for (int i = 0; i < documents; i++) { // each a block of its own
      assertThat(Spools.write(spool, Spools.batch(i, 1, 100 + i)).allWritten()).isTrue();
    }
  }

  private static Spool.Portion takeOne(MapDbSpool spool) {
    return Objects.requireNonNull(spool.take(1, 1 << 20));
  }

  private static void moveToEnd(Spool.Portion portion) {
    assertThat(portion.moveToEnd(portion.documents()).toCompletableFuture().join().allWritten())
        .isTrue();
    portion.remove();
  }

  private static void assertSameFromOutside(MapDbSpool spool, Path at, int documents) {
    SpoolState state = spool.state();
    assertThat(state.documents()).isEqualTo(documents);
    // another thread notes what has moved
    await()
        .untilAsserted(
            () -> {
              List<SpoolInspection> seen = SpoolInspection.of(at);
              assertThat(seen).hasSize(1);
              assertThat(seen.get(0).documents()).isEqualTo(documents);
              assertThat(seen.get(0).bytes()).isEqualTo(state.bytes());
              assertThat(seen.get(0).oldest()).isEqualTo(state.oldest());
              assertThat(seen.get(0).unreadable()).isEmpty();
            });
  }

  @Test
  void movedDocumentsAreCountedOnce() throws IOException {
    try (MapDbSpool spool = open(root)) {
      write(spool, 3);

      for (int i = 0; i < 6; i++) { // two rounds
        moveToEnd(takeOne(spool));
        assertSameFromOutside(spool, root, 3);
      }
    }
  }

  @Test
  void movedDocumentsAreCountedOnceBehindAnUnansweredOne() throws IOException {
    try (MapDbSpool spool = open(root)) {
      write(spool, 5);
      Spool.Portion first = takeOne(spool);

      moveToEnd(takeOne(spool));
      moveToEnd(takeOne(spool));
      assertSameFromOutside(spool, root, 5);

      write(spool, 2); // later documents are found without a note
      assertSameFromOutside(spool, root, 7);
      moveToEnd(first);
      assertSameFromOutside(spool, root, 7);
    }
  }

  @Test
  void deliveredDocumentsAreNotCountedBehindAnUnansweredOne() throws IOException {
    try (MapDbSpool spool = open(root)) {
      write(spool, 5);
      Spool.Portion first = takeOne(spool);
      takeOne(spool).remove();
      takeOne(spool).remove();

      await().untilAsserted(() -> assertSameFromOutside(spool, root, 3));
      assertThat(first.documents().size()).isEqualTo(1);
    }
  }

  @Test
  void documentsThatAreSentAgainAfterAKillAreCountedByBoth() throws IOException {
    Path copy = directory.resolve("copy");
    try (MapDbSpool spool = open(root)) {
      write(spool, 5);
      takeOne(spool);
      moveToEnd(takeOne(spool));
      copy(root, copy); // the files after a kill
    }

    try (MapDbSpool spool = open(copy)) {
      assertSameFromOutside(spool, copy, 6);
      assertThat(Spools.drain(spool)).hasSize(6).containsOnlyOnce("id-0", "id-2", "id-3", "id-4");
      assertThat(spool.state().documents()).isZero();
    }
  }

  @Test
  void aStoppedDirectoryIsReadWithoutAnyChangeOfIt() throws IOException {
    try (MapDbSpool spool = open(root)) {
      write(spool, 3);
    }
    Files.delete(Spools.files(root, "lock").get(0)); // would be created anew
    List<Path> before = Spools.files(root, "");

    SpoolInspection seen = SpoolInspection.of(root).get(0);

    assertThat(seen.owned()).isFalse();
    assertThat(seen.indices()).containsExactly(Map.entry("index", 3L));
    assertThat(seen.newest()).isAfterOrEqualTo(seen.oldest());
    assertThat(Spools.files(root, "")).isEqualTo(before);
  }

  @Test
  void theOwnerIsKnownAndTheNoteOfTheLastOneIsGone() throws IOException {
    try (MapDbSpool spool = open(root)) {
      ServerNote.write(spool.directory(), "http://localhost:1");
      assertThat(SpoolInspection.of(root).get(0).owned()).isTrue();
      assertThat(SpoolInspection.of(root).get(0).adminUrl()).isEqualTo("http://localhost:1");
    } // as after a crash: the note is still there
    assertThat(SpoolInspection.of(root).get(0).adminUrl()).isNull();

    try (MapDbSpool next = open(root)) {
      SpoolInspection seen = SpoolInspection.of(root).get(0);
      assertThat(seen.directory()).isEqualTo(next.directory());
      assertThat(seen.owned()).isTrue();
      assertThat(seen.adminUrl()).isNull();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(from)) {
      all = files.toList();
    }
    for (Path file : all) {
      Files.copy(file, to.resolve(from.relativize(file).toString()));
    }
  }
}

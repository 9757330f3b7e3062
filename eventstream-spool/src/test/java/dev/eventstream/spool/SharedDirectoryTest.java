package dev.eventstream.spool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.eventstream.spi.Spool;
import dev.eventstream.spool.log.Directories;
import dev.eventstream.spool.log.SegmentTest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedDirectoryTest {
  @TempDir Path root;

  private List<Path> directories() throws IOException {
    return Directories.list(root, "replica-*");
  }

  /** Runs a process that writes 100 documents and 10 dead letters, and kills it. */
  private void processThatDied(String seed) throws IOException {
    Process process = Spools.java(List.of(), SpoolProcess.class, "fill", root + "", seed).start();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      assertThat(lines.readLine()).startsWith("!");
      assertThat(lines.readLine()).startsWith("S ");
    } finally {
      process.destroyForcibly();
    }
    process.onExit().join();
  }

  private static List<String> ids(String seed) {
    return IntStream.range(0, 100).mapToObj(i -> seed + "-" + i).toList();
  }

  @Test
  void twoSpoolsInOneDirectoryAreIndependent() throws IOException {
    try (MapDbSpool one = Spools.small(root).open();
        MapDbSpool other = Spools.small(root).open()) {
      assertThat(directories()).hasSize(2);
      Spools.write(one, Spools.batch(0, 3, 10));
      Spools.write(other, Spools.batch(10, 3, 10));
      assertThat(Spools.drain(one)).containsExactly("id-0", "id-1", "id-2");
      assertThat(Spools.drain(other)).containsExactly("id-10", "id-11", "id-12");
    }
  }

  @Test
  void aRestartTakesOverTheDirectoryOfAKilledProcess() throws IOException {
    processThatDied("7");
    try (MapDbSpool spool = Spools.small(root).open()) {
      assertThat(directories()).hasSize(1);
      AtomicInteger filled = new AtomicInteger();
      spool.whenFilled(filled::incrementAndGet);
      assertThat(filled.get()).isEqualTo(1);
      assertThat(spool.deadLetters().count()).isEqualTo(10);
      assertThat(Spools.drain(spool)).isEqualTo(ids("7"));
    }
  }

  @Test
  void aRunningSpoolAdoptsTheDirectoryOfAKilledProcess() throws IOException {
    try (MapDbSpool spool = Spools.small(root).open()) {
      AtomicInteger filled = new AtomicInteger();
      spool.whenFilled(filled::incrementAndGet);
      Spools.write(spool, Spools.batch(0, 1, 10));
      int before = filled.get();
      processThatDied("7");
      assertThat(directories()).hasSize(2);
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                assertThat(filled.get()).isGreaterThan(before);
                assertThat(spool.state().documents()).isEqualTo(101);
                assertThat(spool.deadLetters().count()).isEqualTo(10);
                assertThat(directories()).hasSize(1);
                assertThat(Directories.list(root, "*")).hasSize(1);
              });
      List<String> expected = new ArrayList<>(ids("7"));
      expected.add("id-0");
      assertThat(Spools.drain(spool)).containsExactlyInAnyOrderElementsOf(expected);

      // adopted letters stay removed, although the older segment was still written
      spool.deadLetters().purge(letter -> true);
    }
    try (MapDbSpool spool = Spools.small(root).open()) {
      assertThat(spool.deadLetters().count()).isZero();
      assertThat(Spools.drain(spool)).isEmpty();
    }
  }

  @Test
  void adoptedDocumentsComeBeforeThoseThatMoveToTheEndAgainAndAgain() throws IOException {
    try (MapDbSpool spool = Spools.small(root).open()) {
      Spools.write(spool, Spools.batch(0, 1, 10));
      Spool.Portion stuck = spool.take(1, 1_000);
      assertThat(stuck).isNotNull();
      stuck.moveToEnd(stuck.documents()).toCompletableFuture().join();
      stuck.remove();
      processThatDied("7");
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> spool.state().documents() == 101 && directories().size() == 1);

      List<String> expected = new ArrayList<>(ids("7"));
      expected.add("id-0");
      assertThat(Spools.drain(spool)).isEqualTo(expected);
    }
  }

  @Test
  void adoptedDeadLettersStayRemoved() throws IOException {
    MapDbSpool.Builder builder = Spools.small(root);
    try (MapDbSpool spool = builder.open();
        MapDbSpool other = builder.open()) {
      spool.deadLetters().add(Letters.letters(100, 1, 10)).toCompletableFuture().join();
      other.deadLetters().add(Letters.letters(0, 10, 10)).toCompletableFuture().join();
      other.close();
      await().until(() -> spool.deadLetters().count() == 11);
      assertThat(spool.deadLetters().purge(letter -> true)).isEqualTo(11);
    }
    try (MapDbSpool spool = builder.open()) {
      assertThat(spool.deadLetters().count()).isZero();
    }
  }

  @Test
  void doesNotAdoptTheFilesOfALaterVersionButAdoptsOthers() throws IOException {
    processThatDied("7");
    Path segment = Spools.files(directories().get(0).resolve("spool"), "0001.segment").get(0);
    byte[] bytes = Files.readAllBytes(segment);
    SegmentTest.makeNewer(bytes, 1 << 20);
    Files.write(segment, bytes);
    Path prepared = root.resolve("prepared");
    Files.move(directories().get(0), prepared);

    try (MapDbSpool spool = Spools.small(root).open();
        MapDbSpool other = Spools.small(root).open()) {
      Path newer = root.resolve("replica-"); // sorts before all others
      Files.move(prepared, newer);
      Spools.write(other, Spools.batch(0, 5, 10));
      other.close();
      await().atMost(Duration.ofSeconds(20)).until(() -> spool.state().documents() == 5);
      assertThat(spool.deadLetters().count()).isZero();
      Path left = newer.resolve("spool").resolve(segment.getFileName());
      assertThat(Files.readAllBytes(left)).isEqualTo(bytes);
    }
  }

  @Test
  void touchesNoFileAfterClosing() throws IOException {
    MapDbSpool spool = Spools.small(root).open();
    Spools.write(spool, Spools.batch(0, 900, 9_000)); // more than one segment
    List<Spool.Portion> portions = Spools.takeAll(spool);
    spool.close();
    spool.close();
    assertThat(spool.take(1, 1)).isNull();
    assertThat(Spools.write(spool, Spools.batch(1, 1, 10)).get(0).toString())
        .contains("the spool is closed");
    try (MapDbSpool next = Spools.small(root).open()) {
      portions.forEach(Spool.Portion::remove); // too late: the documents are delivered twice
      assertThat(Spools.drain(next)).hasSize(900);
      assertThat(next.state().damaged()).isEmpty();
    }
  }

  @Test
  void canBeReadWhileOtherThreadsWriteAndRemove() throws Exception {
    int documents = 3_000;
    try (MapDbSpool spool = Spools.small(root).maxBytes(64 << 20).open()) {
      Thread writer =
          new Thread(
              () -> {
                for (int i = 0; i < documents; i += 10) {
                  while (!Spools.write(spool, Spools.batch(i, 10, 9_000)).allWritten()) {
                    Thread.onSpinWait();
                  }
                }
              });
      writer.start();
      List<String> taken = new ArrayList<>();
      List<Spool.Portion> portions = new ArrayList<>();
      while (taken.size() < documents) {
        Spool.Portion portion = spool.take(37, 300_000);
        if (portion == null) {
          Thread.onSpinWait();
          continue;
        }
        taken.addAll(Spools.ids(portion.documents()));
        portions.add(portion);
        if (portions.size() == 5) {
          List<Spool.Portion> done = List.copyOf(portions);
          portions.clear();
          new Thread(() -> done.forEach(Spool.Portion::remove)).start();
        }
      }
      writer.join();
      portions.forEach(Spool.Portion::remove);
      assertThat(taken).isEqualTo(IntStream.range(0, documents).mapToObj(i -> "id-" + i).toList());
      assertThat(spool.state().damaged()).isEmpty();
      await().until(() -> spool.state().documents() == 0);
    }
    assertThat(Spools.damaged(root)).isEmpty();
  }

  @Test
  void continuesReadingWhenTheTakingThreadIsInterrupted() throws IOException {
    try (MapDbSpool spool = Spools.small(root).open()) {
      Spools.write(spool, Spools.batch(0, 500, 9_000));
    }
    try (MapDbSpool spool = Spools.small(root).open()) {
      Thread.currentThread().interrupt();
      assertThat(Spools.drain(spool)).hasSize(500);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(spool.state().damaged()).isEmpty();
    }
    assertThat(Spools.files(root, ".segment")).isEmpty();
  }

  @Test
  void reportsADirectoryThatCannotBeUsed() throws IOException {
    Path file = Files.createFile(root.resolve("file"));
    assertThatThrownBy(() -> MapDbSpool.open(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the spool directory " + file + " cannot be used");
  }

  @Test
  void everythingThatIsLeftIsTakenOverBeforeAnExistingSpoolIsOpen() throws IOException {
    try (MapDbSpool one = Spools.small(root).open();
        MapDbSpool two = Spools.small(root).open();
        MapDbSpool three = Spools.small(root).open()) {
      int at = 0;
      for (MapDbSpool each : List.of(one, two, three)) {
        Spools.write(each, Spools.batch(10 * at, 10, 100));
        each.deadLetters().add(Letters.letters(10 * at, 4, 100)).toCompletableFuture().join();
        at++;
      }
    }

    try (MapDbSpool all = Spools.small(root).existing().open()) {
      assertThat(all.state().documents()).isEqualTo(30);
      assertThat(all.deadLetters().count()).isEqualTo(12);
    }
    assertThat(directories()).hasSize(1);
  }

  @Test
  void anExistingSpoolIsNotOpenedWhereOthersUseAllDirectoriesAndNothingIsCreated()
      throws IOException {
    try (MapDbSpool used = Spools.small(root).open()) {
      assertThatThrownBy(() -> Spools.small(root).existing().open())
          .isInstanceOf(NoSuchFileException.class)
          .hasMessageContaining("others use them all");
      assertThat(directories()).hasSize(1);
      assertThat(used.state().documents()).isZero();
    }
  }
}

package dev.eventstream.spool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Spool;
import dev.eventstream.spool.log.Block;
import dev.eventstream.spool.log.Damage;
import dev.eventstream.spool.log.Progress;
import dev.eventstream.spool.log.SegmentStore;
import dev.eventstream.spool.log.SegmentTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files as a power cut may leave them: with everything that was fsynced, and with anything in place
 * of what was not.
 */
class PowerLossTest {
  private static final int COMMIT_MARK = (1 << 20) - 128;
  private static final int FIRST_RECORD = 1 << 20;

  @TempDir Path directory;

  private final Random random = new Random(42);

  /** A segment as it was after each commit. */
  @SuppressWarnings("ArrayRecordComponent") // commits are not compared
  private record Commit(byte[] file, byte[] afterKill, List<String> ids, int end) {}

  /** A record's place. */
  private record Place(int start, int end) {}

  private final List<Commit> commits = new ArrayList<>();

  @BeforeEach
  void writesSeveralCommits() throws IOException {
    Path root = directory.resolve("written");
    List<String> ids = new ArrayList<>();
    int[] counts = {1, 40, 3, 1, 120, 2};
    int[] sizes = {100, 300, 30_000, 200_000, 1_000, 59_000};
    try (MapDbSpool spool = Spools.small(root).open()) {
      for (int i = 0; i < counts.length; i++) {
        int from = ids.size();
        assertThat(Spools.write(spool, Spools.batch(from, counts[i], sizes[i])).allWritten())
            .isTrue();
        for (int j = 0; j < counts[i]; j++) {
          ids.add("id-" + (from + j));
        }
        byte[] bytes = Files.readAllBytes(Spools.files(root, "0001.segment").get(0));
        List<Place> places = places(bytes);
        byte[] afterPowerCut = bytes.clone();
        // the mark of another boot is ignored
        Arrays.fill(afterPowerCut, COMMIT_MARK, COMMIT_MARK + Block.HEADER, (byte) 0);
        int end = places.get(places.size() - 1).end;
        commits.add(new Commit(afterPowerCut, bytes, List.copyOf(ids), end));
      }
    }
  }

  private static List<Place> places(byte[] file) throws IOException {
    List<Place> places = new ArrayList<>();
    int at = FIRST_RECORD;
    while (at + Block.HEADER <= file.length) {
      Block.Header header = Block.readHeader(file, at);
      int size = header == null ? 16 : (Block.HEADER + header.length() + 15) & ~15;
      if (header != null) {
        places.add(new Place(at, at + size));
      }
      at += size;
    }
    return places;
  }

  private Path root(byte[] file) throws IOException {
    Path root = Files.createTempDirectory(directory, "root");
    Path spool = Files.createDirectories(root.resolve("replica-00000000").resolve("spool"));
    Files.write(spool.resolve("000000000001.segment"), file);
    return root;
  }

  /** Opens and reads a file; returns the files that were set aside. */
  private List<String> reopened(byte[] file, List<String> expected, String what)
      throws IOException {
    Path root = root(file);
    List<String> damaged;
    try (MapDbSpool spool = Spools.small(root).open()) {
      List<String> ids = Spools.drain(spool);
      assertThat(ids.subList(0, Math.min(ids.size(), expected.size())))
          .as(what)
          .isEqualTo(expected);
      assertThat(ids).as(what).doesNotHaveDuplicates();
      assertThat(Spools.write(spool, Spools.batch(0, 1, 10)).allWritten()).as(what).isTrue();
      damaged = spool.state().damaged();
    }
    assertThat(damaged)
        .isEqualTo(Spools.damaged(root).stream().map(Path::toString).toList())
        .allSatisfy(kept -> assertThat(withBlanks(Path.of(kept), file.length)).isEqualTo(file));
    try (MapDbSpool spool = Spools.small(root).open()) {
      assertThat(spool.state().damaged()).isEqualTo(damaged);
      assertThat(Spools.drain(spool)).containsExactly("id-0");
    }
    Spools.delete(root);
    return damaged;
  }

  /** A file with the zeros at its end that opening has trimmed. */
  private static byte[] withBlanks(Path file, int length) throws IOException {
    return Arrays.copyOf(Files.readAllBytes(file), length);
  }

  @Test
  void aFileThatIsTruncatedAfterTheLastCommitIsReadUpToIt() throws IOException {
    Commit last = commits.get(commits.size() - 1);
    for (Commit commit : commits) {
      List<Integer> cuts = new ArrayList<>(List.of(commit.end, commit.end + 1, commit.end + 47));
      places(last.file).stream()
          .filter(place -> place.start >= commit.end)
          .forEach(place -> cuts.add(place.start));
      for (int i = 0; i < 2; i++) {
        cuts.add(commit.end + random.nextInt(last.file.length - commit.end));
      }
      for (int cut : cuts) {
        reopened(Arrays.copyOf(last.file, cut), commit.ids, "cut at " + cut);
      }
    }
  }

  @Test
  void keepsAFileWithGarbageAfterTheLastCommitAndReadsTheRest() throws IOException {
    for (Commit commit : commits) {
      for (Garbage garbage : Garbage.values()) {
        byte[] file = commit.file.clone();
        garbage.fill(file, commit.end, file.length, random);
        List<String> damaged = reopened(file, commit.ids, garbage + " from " + commit.end);
        assertThat(damaged).as(garbage.name()).hasSize(garbage.isReadable ? 0 : 1);
      }
    }
  }

  @Test
  void missingPagesOfTheNextCommitDoNotAffectEarlierCommits() throws IOException {
    for (int i = 0; i + 1 < commits.size(); i++) {
      Commit commit = commits.get(i);
      byte[] next = commits.get(i + 1).file;
      for (int variant = 0; variant < 5; variant++) {
        byte[] file = next.clone();
        for (int page = 0; page < file.length; page += 4096) {
          if (random.nextBoolean()) {
            System.arraycopy(commit.file, page, file, page, 4096);
          }
        }
        reopened(file, commit.ids, "pages of commit " + i);
      }
    }
  }

  @Test
  void readsWithoutThePagesOfMapDb() throws IOException {
    Commit commit = commits.get(commits.size() - 1);
    for (Garbage garbage : Garbage.values()) {
      for (int[] range : new int[][] {{0, 4096}, {4096, FIRST_RECORD}, {0, FIRST_RECORD}}) {
        byte[] file = commit.file.clone();
        garbage.fill(file, range[0], range[1], random);
        assertThat(reopened(file, commit.ids, garbage + " in MapDB's pages")).isEmpty();
      }
    }
  }

  @Test
  void aDamagedBlockDoesNotAffectOtherBlocks() throws IOException {
    for (Commit commit : commits.subList(0, 2)) {
      List<Place> places = places(commit.file);
      for (int i = 0; i < places.size(); i++) {
        for (int offset : new int[] {0, 9, 44, Block.HEADER + 20}) { // headers and payloads
          byte[] file = commit.file.clone();
          file[places.get(i).start + offset] ^= 0x10;
          List<String> expected =
              i == 0 ? commit.ids.subList(1, commit.ids.size()) : commit.ids.subList(0, 1);
          assertThat(reopened(file, expected, "block " + i + ", byte " + offset)).hasSize(1);
        }
      }
    }
  }

  @Test
  void damageIsFoundAgainAfterARestart() throws IOException {
    Commit commit = commits.get(commits.size() - 1);
    byte[] file = commit.file.clone();
    file[places(file).get(0).start + Block.HEADER + 20] ^= 1;
    Path root = root(file);
    try (MapDbSpool spool = Spools.small(root).open()) {
      for (int i = 0; i < 2; i++) {
        Spool.Portion portion = spool.take(1, 1);
        assertThat(portion).isNotNull();
        portion.remove();
      }
    }

    try (MapDbSpool spool = Spools.small(root).open()) {
      assertThat(Spools.drain(spool)).hasSizeGreaterThan(1);
      assertThat(spool.state().damaged()).hasSize(1);
    }
    assertThat(withBlanks(Spools.damaged(root).get(0), file.length)).isEqualTo(file);
  }

  @Test
  void anUnacknowledgedBlockThatAKillInterruptedIsNotDamage() throws IOException {
    for (Commit commit : commits) {
      for (Garbage garbage : Garbage.values()) {
        byte[] file = commit.afterKill.clone();
        garbage.fill(file, commit.end, file.length, random);
        assertThat(reopened(file, commit.ids, garbage + " from " + commit.end)).isEmpty();
      }
    }
  }

  @Test
  void anUnreadableBlockThatWasCommittedBeforeAKillIsDamage() throws IOException {
    Commit last = commits.get(commits.size() - 1);
    byte[] file = last.afterKill.clone();
    file[last.end - 100] ^= 1; // in the last block, which nothing follows

    Path root = root(file);
    try (MapDbSpool spool = Spools.small(root).open()) {
      assertThat(Spools.drain(spool)).hasSizeLessThan(last.ids.size());
      assertThat(spool.state().damaged()).hasSize(1);
    }
  }

  @Test
  void opensInSpiteOfFilesOfGarbage() throws IOException {
    for (Garbage garbage : Garbage.values()) {
      for (int size : new int[] {0, 1, 100, FIRST_RECORD, FIRST_RECORD + 1_000, 4 << 20}) {
        byte[] file = new byte[size];
        garbage.fill(file, 0, size, random);
        Path root = root(file);
        Path letters =
            Files.createDirectories(root.resolve("replica-00000000").resolve("dead-letters"));
        Files.write(letters.resolve("000000000001.segment"), file);
        try (MapDbSpool spool = Spools.small(root).open()) {
          assertThat(Spools.drain(spool)).isEmpty();
          assertThat(spool.deadLetters().count()).isZero();
          boolean kept = size > FIRST_RECORD && !garbage.isReadable;
          kept |= size > 0 && size < FIRST_RECORD;
          assertThat(spool.state().damaged())
              .as(garbage + " of " + size)
              .hasSize(kept ? 2 : 0)
              .allMatch(name -> Files.exists(Path.of(name)));
        }
        Spools.delete(root);
      }
    }
  }

  @Test
  void progressIsOnlyAHint() throws IOException {
    Commit commit = commits.get(commits.size() - 1);
    Path root = root(commit.file);
    Path segment = Spools.files(root, ".segment").get(0);
    new Progress(1, 0, 0, 0, Long.MAX_VALUE).write(segment);
    byte[] file = Files.readAllBytes(segment);
    List<String> rest = commit.ids.subList(1, commit.ids.size());
    assertThat(reopened(file, rest, "progress")).isEmpty();
    for (int bit = 0; bit < 8 * Block.HEADER; bit += 37) {
      byte[] wrong = file.clone();
      wrong[FIRST_RECORD - 64 + bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(reopened(wrong, commit.ids, "progress with a wrong bit")).isEmpty();
    }
  }

  @Test
  void refusesALaterFormatAndDoesNotChangeTheFile() throws IOException {
    byte[] file = commits.get(1).file.clone();
    SegmentTest.makeNewer(file, places(file).get(1).start);
    Path root = root(file);
    for (int i = 0; i < 2; i++) {
      assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> Spools.small(root).open()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("000000000001.segment")
          .hasMessageContaining("format 2, and this version of eventstream reads format 1");
      assertThat(Files.readAllBytes(Spools.files(root, "0001.segment").get(0))).isEqualTo(file);
    }
  }

  @Test
  void settingAsideDoesNotReplaceASegmentWithTheSameName() throws IOException {
    Path root = Files.createTempDirectory(directory, "root");
    Path damaged = Files.createDirectories(root.resolve("damaged"));
    Path spool = Files.createDirectories(root.resolve("spool"));
    SegmentStore segments =
        new SegmentStore(spool, new SegmentStore.Limits(4 << 20, 1 << 30, 0), Runnable::run);
    Damage kept = new Damage(damaged, Clock.fixed(Instant.ofEpochMilli(7), ZoneOffset.UTC));
    for (int i = 0; i < 200; i++) {
      Path file = spool.resolve("000000000001.segment");
      Files.writeString(file, "text " + i);
      kept.setAside(segments, file, null);
    }
    assertThat(Spools.files(damaged, ".segment"))
        .hasSize(200)
        .contains(damaged.resolve("7-spool-000000000001.segment"));
  }

  private enum Garbage {
    RANDOM(false) {
      @Override
      void fill(byte[] file, int from, int to, Random random) {
        byte[] bytes = new byte[to - from];
        random.nextBytes(bytes);
        System.arraycopy(bytes, 0, file, from, bytes.length);
      }
    },
    ZEROS(true) {
      @Override
      void fill(byte[] file, int from, int to, Random random) {
        Arrays.fill(file, from, to, (byte) 0);
      }
    },
    ONES(false) {
      @Override
      void fill(byte[] file, int from, int to, Random random) {
        Arrays.fill(file, from, to, (byte) 0xFF);
      }
    },
    EARLIER_BLOCKS(true) {
      @Override
      void fill(byte[] file, int from, int to, Random random) {
        if (from <= FIRST_RECORD) {
          return;
        }
        byte[] earlier = Arrays.copyOfRange(file, FIRST_RECORD, from);
        ByteBuffer target = ByteBuffer.wrap(file, from, to - from);
        while (target.remaining() >= earlier.length) { // whole ones: half a block is no block
          target.put(earlier);
        }
        Arrays.fill(file, target.position(), to, (byte) 0);
      }
    };

    final boolean isReadable; // or empty

    Garbage(boolean isReadable) {
      this.isReadable = isReadable;
    }

    abstract void fill(byte[] file, int from, int to, Random random);
  }
}

package dev.eventstream.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.spi.Spool;
import dev.eventstream.spool.log.NoRoomException;
import dev.eventstream.spool.log.SegmentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real file systems that are small or fail; needs permission to mount them on Linux. */
class FullDiskTest {
  @TempDir Path directory;

  private boolean mounted;

  private Path mountPoint() {
    return directory.resolve("mount");
  }

  private static boolean run(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (process.waitFor(30, TimeUnit.SECONDS)) {
        return process.exitValue() == 0;
      }
      process.destroyForcibly();
      return false;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void mountTmpfs(int megabytes) throws IOException {
    Files.createDirectory(mountPoint());
    mounted =
        run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "none", mountPoint() + "");
    assumeTrue(mounted, "mounting is not allowed");
  }

  private void mountExt4(int megabytes) throws IOException {
    Path image = directory.resolve("image");
    Files.createDirectory(mountPoint());
    mounted =
        run("dd", "if=/dev/zero", "of=" + image, "bs=1M", "count=0", "seek=" + megabytes)
            && run("mkfs.ext4", "-q", "-F", "-m", "0", image + "")
            && run("mount", "-o", "loop", image + "", mountPoint() + "");
    assumeTrue(mounted, "mounting is not allowed");
  }

  @AfterEach
  void unmount() {
    if (mounted && !run("umount", mountPoint() + "")) {
      run("umount", "-l", mountPoint() + "");
    }
  }

  private MapDbSpool open(long maxBytes, long minFreeBytes) throws IOException {
    return MapDbSpool.builder(mountPoint().resolve("root"))
        .maxBytes(maxBytes)
        .minFreeBytes(minFreeBytes)
        .open();
  }

  /** Writes until a write is refused; returns how many documents were written. */
  private static int fill(MapDbSpool spool, String reason) {
    int written = 0;
    while (true) {
      SinkResult result = Spools.write(spool, Spools.batch(written, 20, 9_000));
      for (int i = 0; i < 20; i++) {
        if (result.get(i) == ItemResult.WRITTEN) {
          written++;
        } else {
          assertRefused(result, i, reason);
          return written;
        }
      }
      assertThat(written).isLessThan(100_000);
    }
  }

  private static void assertRefused(SinkResult result, int index, String reason) {
    assertThat(result.get(index))
        .isInstanceOfSatisfying(
            ItemResult.Failed.class,
            failed -> {
              assertThat(failed.failureClass()).isEqualTo(FailureClass.RETRY);
              assertThat(failed.reason()).contains(reason);
            });
  }

  private static void fillDisk(Path file) throws IOException {
    byte[] chunk = new byte[64 << 10];
    try (var out = Files.newOutputStream(file)) {
      while (true) {
        out.write(chunk);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  private void refusesAndResumes() throws IOException {
    Path filler = mountPoint().resolve("filler");
    int written;
    try (MapDbSpool spool = open(1 << 30, 0)) {
      assertThat(Spools.write(spool, Spools.batch(0, 1, 10)).allWritten()).isTrue();
      fillDisk(filler);
      written = fill(spool, "left");
      assertThat(spool.state().refusal()).contains("make room on it");
      assertThat(written).isPositive();

      Files.delete(filler);

      await().until(() -> spool.state().refusal() == null);
      int more = fill(spool, "left");
      assertThat(more).isPositive();
      assertThat(Spools.drain(spool)).hasSize(1 + written + more);
      await().until(() -> Spools.write(spool, Spools.batch(0, 1, 10)).allWritten());
      written = 1 + fill(spool, "left");
    }
    try (MapDbSpool spool = open(1 << 30, 0)) {
      assertThat(spool.state().documents()).isEqualTo(written);
      assertThat(Spools.drain(spool)).hasSize(written);
      assertThat(spool.state().damaged()).isEmpty();
    }
  }

  @Test
  void refusesOnAFullTmpfsAndResumesWhenThereIsRoom() throws IOException {
    mountTmpfs(100);
    refusesAndResumes();
  }

  @Test
  void refusesOnAFullExt4AndResumesWhenThereIsRoom() throws IOException {
    mountExt4(100);
    refusesAndResumes();
  }

  @Test
  void freesTheSpaceOfASegmentThatDidNotFit() throws IOException {
    mountTmpfs(20);
    SegmentStore segments =
        new SegmentStore(
            mountPoint(), new SegmentStore.Limits(16 << 20, 1 << 30, -(1L << 30)), Runnable::run);
    Files.write(mountPoint().resolve("filler"), new byte[10 << 20]);
    for (int i = 0; i < 5; i++) {
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> segments.next(false))
          .isInstanceOf(NoRoomException.class)
          .hasMessageContaining("No space left");
      assertThat(Files.getFileStore(mountPoint()).getUsableSpace()).isGreaterThan(9 << 20);
    }
    assertThat(segments.diskBytes()).isZero();
    Files.delete(mountPoint().resolve("filler"));
    segments.next(false).writer().close();
  }

  @Test
  void leavesTheConfiguredSpaceFree() throws IOException {
    mountTmpfs(150);
    try (MapDbSpool spool = open(1 << 30, 100 << 20)) {
      int written = fill(spool, "are to stay free");
      assertThat(Files.getFileStore(mountPoint()).getUsableSpace()).isGreaterThan(100 << 20);
      Spool.Portion portion = spool.take(1, 1);
      assertThat(portion).isNotNull();
      assertThat(portion.moveToEnd(portion.documents()).toCompletableFuture().join().allWritten())
          .isTrue();
      portion.remove();
      assertThat(Spools.drain(spool)).hasSize(written);
      await().until(() -> Spools.write(spool, Spools.batch(0, 1, 10)).allWritten());
    }
  }

  @Test
  void deadLettersCanBePurgedOnAFullDisk() throws IOException {
    mountTmpfs(100);
    Path filler = mountPoint().resolve("filler");
    try (MapDbSpool spool =
        MapDbSpool.builder(mountPoint().resolve("root"))
            .maxBytes(16 << 20)
            .minFreeBytes(40 << 20)
            .open()) {
      int added = 0;
      boolean full = false;
      while (!full) {
        full =
            spool
                .deadLetters()
                .add(Letters.letters(added, 10, 90_000))
                .handle((done, e) -> e != null)
                .toCompletableFuture()
                .join();
        added += full ? 0 : 10;
      }
      Files.write(filler, new byte[8 << 20]);
      assertThat(spool.deadLetters().purge(letter -> true)).isEqualTo(added);
      assertThat(spool.deadLetters().count()).isZero();
    }
  }

  @Test
  void refusesWhileFilesCannotBeCreated() throws IOException {
    mountExt4(100);
    int written;
    try (MapDbSpool spool = open(1 << 30, 0)) {
      // more than half a segment, so that the next one is created
      assertThat(Spools.write(spool, Spools.batch(0, 1_000, 9_000)).allWritten()).isTrue();
      Path segments = Spools.files(mountPoint(), "0001.segment").get(0).getParent();
      await().until(() -> Spools.files(segments, ".segment").size() == 2);
      assumeTrue(run("chattr", "+i", segments + ""), "no immutable directories");
      try {
        written = 1_000 + fill(spool, "cannot make the segment");
        assertThat(spool.state().refusal()).contains("cannot make the segment");
        // drained files cannot be deleted either, and are not forgotten
        assertThat(Spools.drain(spool)).hasSize(written);
        await()
            .untilAsserted(
                () ->
                    assertThat(spool.state().diskBytes())
                        .isEqualTo(
                            Spools.files(segments, ".segment").stream()
                                .mapToLong(f -> f.toFile().length())
                                .sum()));
      } finally {
        run("chattr", "-i", segments + "");
      }
      await()
          .atMost(Duration.ofSeconds(15))
          .untilAsserted(
              () -> {
                assertThat(Spools.write(spool, Spools.batch(0, 20, 9_000)).allWritten()).isTrue();
                assertThat(spool.state().refusal()).isNull();
              });
      Spools.drain(spool);
      await()
          .atMost(Duration.ofSeconds(15))
          .until(() -> Spools.files(segments, ".segment").size() <= 2);
    }
  }

  @Test
  void refusesWhenTheFileSystemFailsAndStillReads() throws IOException {
    mountExt4(100);
    int written = 0;
    MapDbSpool spool = open(1 << 30, 0);
    try {
      for (int i = 0; i < 10; i++) {
        assertThat(Spools.write(spool, Spools.batch(written, 20, 9_000)).allWritten()).isTrue();
        written += 20;
      }
      assumeTrue(run("mount", "-o", "remount,abort", mountPoint() + ""), "no way to abort");
      SinkResult result = Spools.write(spool, Spools.batch(written, 20, 9_000));
      for (int i = 0; i < 20; i++) {
        assertRefused(result, i, "");
      }
      assertThat(spool.state().refusal()).isNotNull();
      assertThat(Spools.ids(Spools.takeAll(spool).get(0).documents())).contains("id-0");
      assertThat(spool.state().documents()).isEqualTo(written);
    } finally {
      spool.close();
    }
    // as after a reboot
    assertThat(run("umount", mountPoint() + "")).isTrue();
    mounted = false;
    assertThat(run("mount", "-o", "loop", directory.resolve("image") + "", mountPoint() + ""))
        .isTrue();
    mounted = true;
    try (MapDbSpool again = open(1 << 30, 0)) {
      assertThat(Spools.drain(again))
          .hasSizeGreaterThanOrEqualTo(written)
          .contains("id-0", "id-" + (written - 1));
      await().until(() -> Spools.write(again, Spools.batch(0, 1, 10)).allWritten());
    }
  }

  @Test
  void staysWithinTheLimitOfBytesAndReusesDrainedSpace() throws IOException {
    Files.createDirectory(mountPoint());
    try (MapDbSpool spool = open(Spools.SMALL, 0)) {
      for (int round = 0; round < 3; round++) {
        int written = fill(spool, "is full: it takes");
        assertThat(spool.state().diskBytes()).isEqualTo(Spools.SMALL);
        assertThat(Spools.drain(spool)).hasSize(written);
        assertThat(written).isGreaterThan(800);
        assertThat(spool.state().documents()).isZero();
      }
    }
  }
}

package dev.eventstream.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Whatever bytes of a segment change, the rest is kept, and what is lost is named before. */
final class DamagePropertyTest {
  private static final int BLOCKS = 12;
  private static final int PER_BLOCK = 5;
  private static final int FIRST_RECORD = 1 << 20;

  @Property(tries = 60, shrinking = ShrinkingMode.OFF)
  void aChangedByteIsFoundAndEverythingElseIsKept(@ForAll Random random) throws IOException {
    Path root = Files.createTempDirectory(Path.of("target"), "spool");
    try {
      List<String> expected = write(root);
      Path segment = Spools.files(root, ".segment").get(0);
      boolean cut = random.nextInt(6) == 0;
      damage(segment, random, cut);

      SpoolInspection before = SpoolInspection.of(root).get(0);
      List<String> shown = shown(before);

      List<String> kept;
      try (MapDbSpool spool = Spools.small(root).existing().open()) {
        kept = Spools.drain(spool);
      }
      assertThat(shown).isEqualTo(kept);
      List<String> inOrder = new ArrayList<>(expected);
      inOrder.retainAll(kept);
      assertThat(kept).isEqualTo(inOrder);
      List<String> lost = new ArrayList<>(expected);
      lost.removeAll(kept);
      if (!cut) {
        assertThat(lost.size()).isIn(0, PER_BLOCK); // 0: the byte belonged to no document
      }
      if (!lost.isEmpty()) {
        assertThat(before.unreadable()).containsExactly(segment);
        assertThat(before.faults()).isNotEmpty().allMatch(f -> f.startsWith(segment + ": "));
        assertThat(Spools.damaged(root)).hasSize(1);
      }
    } finally {
      Spools.delete(root);
    }
  }

  private static List<String> write(Path root) throws IOException {
    List<String> ids = new ArrayList<>();
    try (MapDbSpool spool = Spools.small(root).open()) {
      for (int i = 0; i < BLOCKS; i++) {
        assertThat(Spools.write(spool, Spools.batch(i * PER_BLOCK, PER_BLOCK, 200)).allWritten())
            .isTrue();
      }
    }
    for (int i = 0; i < BLOCKS * PER_BLOCK; i++) {
      ids.add("id-" + i);
    }
    return ids;
  }

  private static List<String> shown(SpoolInspection replica) throws IOException {
    List<String> ids = new ArrayList<>();
    SpoolInspection.documents(replica.directory(), waiting -> ids.add(waiting.document().id()));
    return ids;
  }

  /** Changes a byte where the records are, or cuts the file off there or before. */
  private static void damage(Path segment, Random random, boolean cut) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
      int used = used(file);
      if (cut) {
        file.setLength(
            random.nextBoolean() ? 1 + random.nextInt(FIRST_RECORD) : used / 2 + used / 4);
        return;
      }
      int at = FIRST_RECORD + random.nextInt(used - FIRST_RECORD);
      file.seek(at);
      int value = file.read();
      file.seek(at);
      file.write(value ^ 1 << random.nextInt(8));
    }
  }

  private static int used(RandomAccessFile file) throws IOException {
    byte[] all = new byte[(int) file.length()];
    file.seek(0);
    file.readFully(all);
    int end = all.length;
    while (all[end - 1] == 0) {
      end--;
    }
    return end;
  }
}

package dev.eventstream.spool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spool.log.Damage;
import dev.eventstream.spool.log.Progress;
import dev.eventstream.spool.log.SegmentStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentQueueTest {
  @TempDir Path root;

  private final AtomicInteger requests = new AtomicInteger();
  private Path segment;
  private DocumentQueue queue;

  @BeforeEach
  void openSegmentOfThreeBlocks() throws IOException {
    try (MapDbSpool spool = Spools.small(root).open()) {
      for (int i = 0; i < 3; i++) {
        assertThat(Spools.write(spool, Spools.batch(i, 1, 10)).allWritten()).isTrue();
      }
    }
    segment = Spools.files(root, ".segment").get(0);
    SegmentStore store =
        new SegmentStore(
            segment.getParent(), new SegmentStore.Limits(4 << 20, 1 << 30, 0), Runnable::run);
    Damage damage = new Damage(Files.createDirectory(root.resolve("kept")), Clock.systemUTC());
    queue = new DocumentQueue(store, damage, requests::incrementAndGet);
    for (Path file : store.existing()) {
      queue.add(file);
    }
  }

  private Progress noted() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "r")) {
      return Progress.read(file);
    }
  }

  @Test
  void removingLeavesTheDiskToAnotherThread() throws IOException {
    Backlog.Portion all = queue.take(10, 1 << 20);
    assertThat(all).isNotNull();
    long size = Files.size(segment);

    queue.remove(all, false);

    assertThat(requests).hasValue(1);
    assertThat(segment).exists().hasSize(size);
    assertThat(queue.backlog().totals().documents()).isZero();

    queue.tidy();

    assertThat(segment).doesNotExist();
  }

  @Test
  void removingMovedDocumentsLeavesTheNoteToAnotherThread() throws IOException {
    Backlog.Portion first = queue.take(1, 1);
    assertThat(first).isNotNull();
    Progress before = noted();

    queue.remove(first, true);

    assertThat(requests).hasValue(1);
    assertThat(noted()).isEqualTo(before);

    queue.tidy();

    assertThat(noted().documents()).isEqualTo(2);
    assertThat(noted().drained()).isEqualTo(1);
  }

  @Test
  void removingWhileAnotherThreadReadsDoesNotWait() throws Exception {
    Backlog.Portion first = queue.take(1, 1);
    assertThat(first).isNotNull();
    Object files = files(queue);
    Thread remover = new Thread(() -> queue.remove(first, true));
    synchronized (files) {
      remover.start();
      remover.join(10_000);
      assertThat(remover.isAlive()).isFalse();
    }
  }

  private static Object files(DocumentQueue queue) throws ReflectiveOperationException {
    var field = DocumentQueue.class.getDeclaredField("files");
    field.setAccessible(true);
    return field.get(queue);
  }

  @Test
  void takingDeletesDrainedSegments() throws IOException {
    Backlog.Portion all = queue.take(10, 1 << 20);
    assertThat(all).isNotNull();
    queue.remove(all, false);

    assertThat(queue.take(10, 1 << 20)).isNull();

    assertThat(segment).doesNotExist();
  }
}

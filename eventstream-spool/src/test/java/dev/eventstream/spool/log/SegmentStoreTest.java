package dev.eventstream.spool.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentStoreTest {
  private static final int SEGMENT = 4 << 20;

  @TempDir Path root;

  private SegmentStore store(long max, long minFree) throws IOException {
    Path directory = Files.createDirectories(root.resolve("spool"));
    return new SegmentStore(
        directory, new SegmentStore.Limits(SEGMENT, max, minFree), Runnable::run);
  }

  @Test
  void refusalDoesNotTouchTheDisk() throws IOException {
    SegmentStore store = store(1 << 30, Long.MAX_VALUE / 2);
    assertThat(store.refusal()).isNull();
    assertThatThrownBy(() -> store.next(false)).isInstanceOf(NoRoomException.class);
    String refusal = store.refusal();
    assertThat(refusal).contains("make room on it");

    Files.move(root.resolve("spool"), root.resolve("gone")); // the disk cannot be asked any more

    assertThat(store.refusal()).isEqualTo(refusal);
    store.measure();
    assertThat(store.refusal()).isNotEqualTo(refusal);
  }

  @Test
  void isFullAtItsLimitUntilASegmentIsDeleted() throws IOException {
    SegmentStore store = store(SEGMENT, 0);
    SegmentStore.Fresh only = store.next(false);
    assertThat(store.refusal()).contains("is full: it takes 4,194,304 bytes of the 4,194,304");

    only.writer().close();
    store.delete(only.file());

    assertThat(store.refusal()).isNull();
    assertThat(store.diskBytes()).isZero();
  }
}

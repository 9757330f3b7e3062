package dev.eventstream.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An interrupt from outside ends none of the spool's threads. */
class InterruptTest {
  @TempDir Path root;

  private static List<Thread> threads(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name) && thread.isAlive())
        .toList();
  }

  private static void interrupt(String name) {
    assertThat(threads(name)).isNotEmpty();
    threads(name).forEach(Thread::interrupt);
  }

  @Test
  void theWriterContinues() throws IOException {
    try (MapDbSpool spool = Spools.small(root).open()) {
      for (int i = 0; i < 3; i++) {
        interrupt("eventstream-spool");
        assertThat(Spools.write(spool, Spools.batch(i, 1, 10)).allWritten()).isTrue();
      }
      assertThat(Spools.drain(spool)).containsExactly("id-0", "id-1", "id-2");
    }
    assertThat(threads("eventstream-spool")).isEmpty();
  }

  @Test
  void theWriterContinuesInANewSegmentWhenItIsInterruptedDuringAnFsync() throws IOException {
    AtomicBoolean interrupted = new AtomicBoolean();
    try (MapDbSpool spool =
        Spools.small(root)
            .fsync(
                disk -> {
                  if (interrupted.compareAndSet(false, true)) {
                    Thread.currentThread().interrupt();
                  }
                  disk.run();
                })
            .open()) {
      for (int i = 0; i < 900; i += 100) { // more than one segment
        assertThat(Spools.write(spool, Spools.batch(i, 100, 9_000)).allWritten()).isTrue();
      }
      assertThat(Spools.drain(spool)).hasSize(900);
    }
  }

  @Test
  void maintenanceContinues() throws IOException {
    SpoolMaintenance maintenance = new SpoolMaintenance();
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch second = new CountDownLatch(1);
    try {
      maintenance
          .onRequest(
              "The first task",
              () -> {
                first.countDown();
                Thread.currentThread().interrupt();
                throw new IOException("test");
              })
          .run();
      await().until(() -> first.getCount() == 0);
      interrupt("eventstream-spool-files");
      maintenance.onRequest("The second task", second::countDown).run();
      await().until(() -> second.getCount() == 0);
    } finally {
      maintenance.close();
    }
    assertThat(threads("eventstream-spool-files")).isEmpty();
  }
}

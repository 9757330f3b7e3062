package dev.eventstream.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writes to disks that fail or are slow. */
class FailingDiskTest {
  @TempDir Path root;

  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final AtomicInteger fsyncs = new AtomicInteger();

  private void fsync(Runnable disk) {
    fsyncs.incrementAndGet();
    Throwable failing = failure.get();
    if (failing instanceof RuntimeException e) {
      throw e;
    }
    if (failing instanceof Error e) {
      throw e;
    }
    disk.run();
  }

  private static void writeWhenItCan(MapDbSpool spool, int from, int count) {
    await().until(() -> Spools.write(spool, Spools.batch(from, count, 10)).allWritten());
  }

  @Test
  void refusesTheGroupWhenTheFsyncFailsAndContinuesInAnotherSegment() throws IOException {
    try (MapDbSpool spool = Spools.small(root).fsync(this::fsync).open()) {
      assertThat(Spools.write(spool, Spools.batch(0, 3, 10)).allWritten()).isTrue();
      failure.set(new UncheckedIOException(new IOException("Input/output error")));

      SinkResult refused = Spools.write(spool, Spools.batch(3, 500, 1_000));

      for (int i = 0; i < 500; i++) {
        assertThat(refused.get(i))
            .isInstanceOfSatisfying(
                ItemResult.Failed.class,
                failed -> {
                  assertThat(failed.failureClass()).isEqualTo(FailureClass.RETRY);
                  assertThat(failed.reason()).contains("Input/output error");
                });
      }
      assertThat(spool.state().refusal()).contains("Input/output error");
      assertThat(spool.state().documents()).isEqualTo(3);
      failure.set(null);
      writeWhenItCan(spool, 1_000, 3);
      assertThat(spool.state().refusal()).isNull();
      assertThat(Spools.drain(spool))
          .containsExactly("id-0", "id-1", "id-2", "id-1000", "id-1001", "id-1002");
      assertThat(spool.state().damaged()).isEmpty();
    }
  }

  @Test
  void answersEveryWriteWhateverIsThrown() throws IOException {
    try (MapDbSpool spool = Spools.small(root).fsync(this::fsync).open()) {
      for (Throwable thrown :
          List.of(
              new InternalError("a fault occurred"),
              new OutOfMemoryError("test"),
              new IllegalStateException("test"))) {
        failure.set(thrown);
        assertThat(Spools.write(spool, Spools.batch(0, 1, 10)).allWritten()).isFalse();
        failure.set(null);
        writeWhenItCan(spool, 0, 1);
      }
    }
  }

  @Test
  void theStateShowsThatTheDiskHasRecoveredWithoutAWrite() throws IOException {
    try (MapDbSpool spool = Spools.small(root).fsync(this::fsync).open()) {
      failure.set(new UncheckedIOException(new IOException("Input/output error")));
      Spools.write(spool, Spools.batch(0, 1, 10));
      assertThat(spool.state().refusal()).isNotNull();
      failure.set(null);
      await().until(() -> spool.state().refusal() == null);
    }
  }

  @Test
  void writesDuringASlowFsyncShareTheNext() throws IOException {
    CountDownLatch slow = new CountDownLatch(1);
    AtomicInteger started = new AtomicInteger();
    try (MapDbSpool spool =
        Spools.small(root)
            .fsync(
                disk -> {
                  if (started.getAndIncrement() == 0) {
                    join(slow);
                  }
                  disk.run();
                })
            .open()) {
      List<CompletionStage<SinkResult>> results = new ArrayList<>();
      results.add(spool.write(Spools.batch(0, 1, 10)));
      await().until(() -> started.get() == 1);
      for (int i = 1; i <= 200; i++) {
        results.add(spool.write(Spools.batch(i, 1, 10)));
      }
      assertThat(results).noneMatch(r -> r.toCompletableFuture().isDone());
      slow.countDown();
      results.forEach(r -> assertThat(r.toCompletableFuture().join().allWritten()).isTrue());
      assertThat(started.get()).isEqualTo(2);
      assertThat(Spools.drain(spool)).hasSize(201);
    }
  }

  private static void join(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aFailingTaskOfTheReaderDoesNotFailTheWrite() throws IOException {
    try (MapDbSpool spool = Spools.small(root).fsync(this::fsync).open()) {
      spool.whenFilled(
          () -> {
            throw new IllegalStateException("test");
          });
      assertThat(Spools.write(spool, Spools.batch(0, 1, 10)).allWritten()).isTrue();
      assertThat(Spools.write(spool, Spools.batch(1, 1, 10)).allWritten()).isTrue();
      assertThat(Spools.drain(spool)).containsExactly("id-0", "id-1");
    }
  }

  @Test
  void refusesDeadLettersThatCannotBeFsyncedAndKeepsTheNext() throws IOException {
    try (MapDbSpool spool = Spools.small(root).fsync(this::fsync).open()) {
      spool.deadLetters().add(Letters.letters(0, 2, 10)).toCompletableFuture().join();
      failure.set(new UncheckedIOException(new IOException("Input/output error")));
      assertThat(spool.deadLetters().add(Letters.letters(2, 2, 10)).toCompletableFuture())
          .failsWithin(java.time.Duration.ofSeconds(10))
          .withThrowableThat()
          .withMessageContaining("the dead letters cannot be kept: Input/output error");
      assertThat(spool.deadLetters().count()).isEqualTo(2);
      failure.set(null);
      spool.deadLetters().add(Letters.letters(4, 2, 10)).toCompletableFuture().join();
      assertThat(Letters.ids(spool.deadLetters())).containsExactly("id-0", "id-1", "id-4", "id-5");
    }
  }
}

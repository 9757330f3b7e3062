package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AtOnceTest {

  private final AtomicInteger interrupted = new AtomicInteger();

  @Test
  void runsAllTasksConcurrently() {
    CyclicBarrier all = new CyclicBarrier(3);
    AtomicInteger ended = new AtomicInteger();
    Runnable task =
        () -> {
          try {
            all.await();
            ended.incrementAndGet();
          } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
          }
        };

    AtOnce.run(Collections.nCopies(3, task));

    assertThat(ended).hasValue(3);
  }

  @Test
  void returnsImmediatelyWithoutTasks() {
    AtOnce.run(List.of());

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void interruptsTheOthersWhenOneFails() {
    Runnable failing =
        () -> {
          throw new EngineStartException("no");
        };

    assertThatThrownBy(() -> AtOnce.run(List.of(this::waitForever, failing, this::waitForever)))
        .isInstanceOf(EngineStartException.class)
        .hasMessage("no")
        .hasSuppressedException(new IllegalStateException("interrupted"));

    assertThat(interrupted).hasValue(2);
  }

  @Test
  void interruptsAllWhenItIsInterrupted() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> AtOnce.run(List.of(this::waitForever, this::waitForever)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("interrupted");

    assertThat(Thread.interrupted()).isTrue();
    assertThat(interrupted).hasValue(2);
  }

  private void waitForever() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      interrupted.incrementAndGet();
      throw new IllegalStateException("interrupted");
    }
  }
}

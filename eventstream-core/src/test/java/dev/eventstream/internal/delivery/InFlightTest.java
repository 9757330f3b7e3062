package dev.eventstream.internal.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class InFlightTest {

  @Test
  void acceptsUpToTheLimit() {
    InFlight inFlight = new InFlight(100);

    assertThat(inFlight.tryAcquire(60)).isTrue();
    assertThat(inFlight.tryAcquire(41)).isFalse();
    assertThat(inFlight.tryAcquire(40)).isTrue();
    assertThat(inFlight.tryAcquire(1)).isFalse();
    assertThat(inFlight.bytes()).isEqualTo(100);
    inFlight.release(60);
    assertThat(inFlight.tryAcquire(60)).isTrue();
  }

  @Test
  void acceptsARequestLargerThanTheLimitWhenItIsAlone() {
    InFlight inFlight = new InFlight(100);

    assertThat(inFlight.tryAcquire(1_000)).isTrue();
    assertThat(inFlight.tryAcquire(1)).isFalse();
    inFlight.release(1_000);
    assertThat(inFlight.tryAcquire(1)).isTrue();
    assertThat(inFlight.tryAcquire(1_000)).isFalse();
  }

  @Test
  void anEstimateMayBeCorrectedBeyondTheLimit() {
    InFlight inFlight = new InFlight(100);
    inFlight.tryAcquire(90);
    inFlight.acquireMore(50);

    assertThat(inFlight.bytes()).isEqualTo(140);
    assertThat(inFlight.tryAcquire(1)).isFalse();
  }

  @Test
  void doesNotWaitWhenNothingIsInFlight() {
    assertThat(new InFlight(100).awaitNone(0)).isTrue();
  }

  @Test
  void stopsWaitingAfterTheTimeout() {
    InFlight inFlight = new InFlight(100);
    inFlight.tryAcquire(1);

    assertThat(inFlight.awaitNone(0)).isFalse();
    assertThat(inFlight.awaitNone(Duration.ofMillis(5).toNanos())).isFalse();
  }

  @Test
  void waitsUntilTheLastRelease() throws Exception {
    InFlight inFlight = new InFlight(100);
    inFlight.tryAcquire(1);
    inFlight.tryAcquire(2);
    CompletableFuture<Boolean> none = new CompletableFuture<>();
    Thread waiting =
        new Thread(() -> none.complete(inFlight.awaitNone(Duration.ofMinutes(1).toNanos())));
    waiting.start();
    await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);

    inFlight.release(1);
    assertThat(none).isNotDone();
    inFlight.release(2);
    assertThat(none.get()).isTrue();
    waiting.join();
  }

  @Test
  void stopsWaitingWhenInterruptedAndKeepsTheInterrupt() throws Exception {
    InFlight inFlight = new InFlight(100);
    inFlight.tryAcquire(1);
    List<Boolean> seen = new ArrayList<>();
    Thread waiting =
        new Thread(
            () -> {
              seen.add(inFlight.awaitNone(Duration.ofMinutes(1).toNanos()));
              seen.add(Thread.currentThread().isInterrupted());
            });
    waiting.start();
    await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
    waiting.interrupt();
    waiting.join();

    assertThat(seen).containsExactly(false, true);
  }

  @Test
  void neverExceedsTheLimitWithManyThreads() throws Exception {
    InFlight inFlight = new InFlight(1_000);
    AtomicLong held = new AtomicLong();
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<Boolean>> within = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        int bytes = 200 + thread;
        within.add(
            pool.submit(
                () -> {
                  boolean all = true;
                  for (int i = 0; i < 20_000; i++) {
                    if (inFlight.tryAcquire(bytes)) {
                      all &= held.addAndGet(bytes) <= 1_000;
                      held.addAndGet(-bytes);
                      inFlight.release(bytes);
                    }
                  }
                  return all;
                }));
      }
      for (Future<Boolean> all : within) {
        assertThat(all.get()).isTrue();
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(inFlight.bytes()).isZero();
  }

  @Test
  void callersThatWaitGetSpaceInTheOrderOfTheirArrival() throws Exception {
    InFlight inFlight = new InFlight(100);
    inFlight.tryAcquire(100);
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int number = i;
      Thread thread =
          new Thread(
              () -> {
                try {
                  assertThat(inFlight.acquire(100 - number, Duration.ofMinutes(1).toNanos()))
                      .isTrue();
                  order.add(number);
                  inFlight.release(100 - number);
                } catch (InterruptedException e) {
                  order.add(-1);
                }
              });
      thread.start();
      threads.add(thread);
      await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    }

    inFlight.release(99); // enough for none but a smaller one
    assertThat(order).isEmpty();
    inFlight.release(1);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(order).containsExactly(0, 1, 2);
    assertThat(inFlight.bytes()).isZero();
  }

  @Test
  void waitsForSpaceNoLongerThanTheTimeOutOrTheEnd() throws Exception {
    InFlight inFlight = new InFlight(100);
    inFlight.tryAcquire(60);

    assertThat(inFlight.acquire(40, 0)).isTrue();
    assertThat(inFlight.acquire(1, 0)).isFalse();
    assertThat(inFlight.acquire(1, Duration.ofMillis(5).toNanos())).isFalse();
    inFlight.endWaiting();
    assertThat(inFlight.acquire(1, Duration.ofMinutes(1).toNanos())).isFalse();
    assertThat(inFlight.bytes()).isEqualTo(100);
  }
}

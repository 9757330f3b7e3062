package dev.eventstream.internal.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class ThreadTimerTest {
  private static final long AN_HOUR = TimeUnit.HOURS.toNanos(1);

  private final ThreadTimer timer = new ThreadTimer();

  @Test
  void runsTasksInTheOrderOfTheirTimes() throws Exception {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch done = new CountDownLatch(3);
    for (String task : List.of("3", "1", "2")) {
      timer.schedule(
          () -> {
            order.add(task);
            done.countDown();
          },
          Integer.parseInt(task) * 20_000_000L);
    }
    done.await();
    timer.stop();

    assertThat(order).containsExactly("1", "2", "3");
  }

  @Test
  void runsOverdueTasksImmediately() {
    CompletableFuture<Void> ran = new CompletableFuture<>();
    timer.schedule(() -> ran.complete(null), -AN_HOUR);
    ran.join();
    timer.stop();
  }

  @Test
  void continuesAfterAFailedTask() {
    CompletableFuture<Void> ran = new CompletableFuture<>();
    timer.schedule(
        () -> {
          throw new IllegalStateException("a bug");
        },
        0);
    timer.schedule(
        () -> {
          throw new StackOverflowError("a worse one");
        },
        0);
    timer.schedule(() -> ran.complete(null), 1);
    ran.join();
    timer.stop();
  }

  @Test
  void stoppingEndsItsThreadAndDropsScheduledTasks() {
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    CompletableFuture<Void> late = new CompletableFuture<>();
    timer.schedule(() -> thread.complete(Thread.currentThread()), 0);
    timer.schedule(() -> late.complete(null), AN_HOUR);
    Thread its = thread.join();
    assertThat(its.isDaemon()).isTrue();
    timer.stop();

    assertThat(its.isAlive()).isFalse();
    timer.schedule(() -> late.complete(null), 0);
    assertThat(late).isNotDone();
    timer.stop(); // stopping again is harmless
  }

  @Test
  void stoppingWaitsForTheTaskThatIsRunning() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    timer.schedule(
        () -> {
          running.countDown();
          try {
            mayEnd.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        },
        0);
    running.await();
    List<Boolean> interrupted = new ArrayList<>();
    Thread stopping =
        new Thread(
            () -> {
              timer.stop();
              interrupted.add(Thread.currentThread().isInterrupted());
            });
    stopping.start();
    await().until(() -> stopping.getState() == Thread.State.TIMED_WAITING);
    stopping.interrupt();
    assertThat(stopping.isAlive()).isTrue();
    mayEnd.countDown();
    stopping.join();

    assertThat(interrupted).containsExactly(true);
  }

  @Test
  void canBeStoppedByATaskOfItsOwn() {
    CompletableFuture<Thread> stopped = new CompletableFuture<>();
    timer.schedule(
        () -> {
          timer.stop();
          stopped.complete(Thread.currentThread());
        },
        0);
    Thread its = stopped.join();

    await().until(() -> !its.isAlive());
  }
}

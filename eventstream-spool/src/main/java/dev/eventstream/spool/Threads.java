package dev.eventstream.spool;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** Waits for threads to end, whether or not the waiting thread is interrupted. */
final class Threads {
  /** Waits until something has happened. */
  private interface Wait {
    boolean isDone() throws InterruptedException;
  }

  private Threads() {}

  static void join(Thread thread) {
    if (thread != Thread.currentThread()) {
      await(
          () -> {
            thread.join();
            return true;
          });
    }
  }

  static void join(ExecutorService executor) {
    await(() -> executor.awaitTermination(1, TimeUnit.SECONDS));
  }

  private static void await(Wait wait) {
    boolean interrupted = false;
    boolean done = false;
    while (!done) {
      try {
        done = wait.isDone();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt(); // the caller's affair
    }
  }
}

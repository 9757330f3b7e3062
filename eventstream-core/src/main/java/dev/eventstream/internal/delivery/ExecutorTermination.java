package dev.eventstream.internal.delivery;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Waits for the end of single-threaded executors. */
public final class ExecutorTermination {
  private ExecutorTermination() {}

  /**
   * Waits for an executor that was shut down, and for its thread, even if the caller is
   * interrupted; the interrupt flag is restored afterwards. Does not wait if the caller is that
   * thread, which ends after its current task.
   *
   * @param last the last thread of the executor
   */
  public static void await(ExecutorService executor, @Nullable Thread last) {
    if (Thread.currentThread() == last) {
      return;
    }
    boolean interrupted = false;
    while (true) {
      try {
        if (executor.awaitTermination(1, TimeUnit.SECONDS)) {
          if (last != null) {
            last.join(); // it may still be running for a moment
          }
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

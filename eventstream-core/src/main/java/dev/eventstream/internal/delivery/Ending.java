package dev.eventstream.internal.delivery;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Ends executors of one thread. */
public final class Ending {
  private Ending() {}

  /**
   * Waits for an executor that was shut down, and for its thread, however often the caller is
   * interrupted; it sees the interrupt afterwards. Does not wait when the caller is that thread: it
   * ends with the task that it is in.
   *
   * @param last the last thread that the executor has had
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
            last.join(); // it still lives for a moment
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

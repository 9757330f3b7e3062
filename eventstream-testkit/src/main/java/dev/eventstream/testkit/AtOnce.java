package dev.eventstream.testkit;

import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** Runs tasks concurrently, each in its own thread. */
final class AtOnce {

  private AtOnce() {}

  /**
   * Runs the tasks and returns when all have ended. If one fails or this thread is interrupted, the
   * others are interrupted.
   *
   * @throws RuntimeException the first failure, with the others suppressed
   */
  static void run(List<Runnable> tasks) {
    if (tasks.isEmpty()) {
      return;
    }
    ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    CompletionService<@Nullable Void> ended = new ExecutorCompletionService<>(threads);
    for (Runnable task : tasks) {
      var unused = ended.submit(task, null);
    }
    threads.shutdown();
    RuntimeException failure = null;
    boolean interrupted = false;
    int running = tasks.size();
    while (running > 0) {
      try {
        var end = ended.take();
        running--;
        end.get();
      } catch (ExecutionException e) {
        threads.shutdownNow();
        failure = join(failure, e.getCause());
      } catch (InterruptedException e) {
        threads.shutdownNow();
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static RuntimeException join(
      @Nullable RuntimeException first, @Nullable Throwable another) {
    if (first != null) {
      if (another != null) {
        first.addSuppressed(another);
      }
      return first;
    }
    return another instanceof RuntimeException e ? e : new IllegalStateException(another);
  }
}

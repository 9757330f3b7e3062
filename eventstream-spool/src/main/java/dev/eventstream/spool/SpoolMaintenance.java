package dev.eventstream.spool;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what has to be done to the files of a spool outside of the write path, on one thread:
 * creating segments in advance, deleting drained ones, noting progress, compacting, adopting
 * orphans. A task that fails is logged, and runs again the next time. Thread-safe.
 */
final class SpoolMaintenance {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolMaintenance.class);

  /** Something to be done. */
  interface Task {
    void run() throws IOException;
  }

  private final ScheduledExecutorService executor =
      new ScheduledThreadPoolExecutor(
          1,
          task -> {
            Thread thread = new Thread(task, "eventstream-spool-files");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Registers a task that runs on request. Requests that are made before the task begins count as
   * one.
   *
   * @param name completes the sentence "... failed"
   * @return makes a request; never blocks, and does nothing after {@link #close}
   */
  Runnable onRequest(String name, Task task) {
    AtomicBoolean requested = new AtomicBoolean();
    Runnable run =
        () -> {
          requested.set(false);
          run(name, task);
        };
    return () -> {
      if (requested.compareAndSet(false, true)) {
        try {
          executor.execute(run);
        } catch (RejectedExecutionException e) {
          LOG.trace("The spool is closed: {} is not run", name, e);
        }
      }
    };
  }

  /** Runs a task now and then periodically. */
  void every(Duration pause, String name, Task task) {
    ScheduledFuture<?> unused = // no result, and no exception
        executor.scheduleWithFixedDelay(
            () -> run(name, task), 0, pause.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static void run(String name, Task task) {
    try {
      task.run();
    } catch (IOException | RuntimeException | Error e) { // an exception would end a periodic task
      LOG.warn("{} failed; it is tried again", name, e);
    }
    if (Thread.interrupted()) {
      LOG.warn("The maintenance of the spool was interrupted and continues");
    }
  }

  /** Runs what was requested and ends the thread. */
  void close() {
    executor.shutdown();
    Threads.join(executor);
  }
}

package dev.eventstream.internal.delivery;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Measures real time and runs tasks on its own thread. */
public final class ThreadTimer implements Timer {
  private static final Logger LOG = LoggerFactory.getLogger(ThreadTimer.class);

  private final ScheduledThreadPoolExecutor executor;
  private volatile @Nullable Thread thread;

  public ThreadTimer() {
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread started = new Thread(task, "eventstream-timer");
              started.setDaemon(true);
              thread = started;
              return started;
            },
            (task, stopped) -> {}); // ignore tasks after the stop
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // failures are logged by the task
  public void schedule(Runnable task, long delayNanos) {
    executor.schedule(
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            LOG.error("A timed task failed; please report this", e);
          }
        },
        Math.max(0, delayNanos),
        TimeUnit.NANOSECONDS);
  }

  @Override
  public void stop() {
    executor.shutdown();
    ExecutorTermination.await(executor, thread);
  }
}

package dev.eventstream.internal.delivery;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One thread that runs one task after another. It starts with the first and ends when idle. */
public final class WorkThread implements Executor {
  private final ThreadPoolExecutor executor;
  private volatile @Nullable Thread thread;

  public WorkThread(String name) {
    executor =
        new ThreadPoolExecutor(
            1,
            1,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread started = new Thread(task, name);
              started.setDaemon(true);
              thread = started;
              return started;
            },
            (task, stopped) -> {}); // what comes after the stop is not wanted any more
    executor.allowCoreThreadTimeOut(true);
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  /** Waits for the task that runs, and runs no other. */
  public void stop() {
    executor.shutdown();
    executor.getQueue().clear();
    Ending.await(executor, thread);
  }
}

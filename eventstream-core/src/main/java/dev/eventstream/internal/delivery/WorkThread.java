package dev.eventstream.internal.delivery;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks one after another on a single thread, which starts with the first task and ends when
 * idle.
 */
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
            (task, stopped) -> {}); // ignore tasks after the stop
    executor.allowCoreThreadTimeOut(true);
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  /** Waits for the running task and runs no other. */
  public void stop() {
    executor.shutdown();
    executor.getQueue().clear();
    ExecutorTermination.await(executor, thread);
  }
}

package dev.eventstream.internal.delivery;

import java.util.Comparator;
import java.util.PriorityQueue;

/** Time that advances only when a test says so. Not thread-safe. */
final class ManualTimer implements Timer {
  private record Task(long at, long order, Runnable run) {}

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::at).thenComparingLong(Task::order));
  private long now;
  private long order;

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public void schedule(Runnable task, long delayNanos) {
    tasks.add(new Task(now + Math.max(0, delayNanos), order++, task));
  }

  @Override
  public void stop() {
    tasks.clear();
  }

  void advanceMillis(long millis) {
    long end = now + millis * 1_000_000;
    while (!tasks.isEmpty() && tasks.element().at <= end) {
      Task task = tasks.remove();
      now = Math.max(now, task.at);
      task.run.run();
    }
    now = end;
  }
}

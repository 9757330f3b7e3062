package dev.eventstream.internal.delivery;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Runs the tasks of its subscribers on the sending thread. Thread-safe. */
final class Signal {
  private final List<Runnable> subscribers = new CopyOnWriteArrayList<>();

  void subscribe(Runnable task) {
    subscribers.add(task);
  }

  void send() {
    for (Runnable task : subscribers) {
      task.run();
    }
  }
}

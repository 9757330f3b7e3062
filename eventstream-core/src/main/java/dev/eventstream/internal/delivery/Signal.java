package dev.eventstream.internal.delivery;

import java.util.Arrays;

/** Runs the tasks of its subscribers on the sending thread. Thread-safe. */
final class Signal {
  private volatile Runnable[] subscribers = {}; // an array, because sending must create no objects

  synchronized void subscribe(Runnable task) {
    Runnable[] more = Arrays.copyOf(subscribers, subscribers.length + 1);
    more[more.length - 1] = task;
    subscribers = more;
  }

  void send() {
    for (Runnable task : subscribers) {
      task.run();
    }
  }
}

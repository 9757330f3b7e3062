package dev.eventstream.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends requests over several connections, each of which sends the next request after an answer.
 */
final class Load {
  private Load() {}

  /** One connection. */
  interface Sender extends AutoCloseable {
    void send(int request) throws Exception;
  }

  /**
   * The cost of the requests.
   *
   * @param seconds the total time
   * @param nanos the duration of each request, sorted
   * @param cpuNanos the processor time
   * @param allocated the bytes allocated on the heap, or 0
   */
  record Times(double seconds, List<Long> nanos, double cpuNanos, double allocated) {
    double millis(double quantile) {
      return nanos.get((int) Math.round(quantile * (nanos.size() - 1))) / 1e6;
    }
  }

  static Times run(int connections, int requests, Way way) throws Exception {
    return run(connections, requests, way, Cost.ofThisProcess());
  }

  static Times run(int connections, int requests, Way way, Cost cost) throws Exception {
    List<Sender> senders = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      senders.add(way.connect());
    }
    AtomicInteger next = new AtomicInteger();
    long[] nanos = new long[requests];
    ExecutorService threads = Executors.newFixedThreadPool(connections);
    Cost.Spent before = cost.spent();
    Cost.Spent after;
    double seconds;
    long start = System.nanoTime();
    try {
      List<Future<?>> running = new ArrayList<>();
      for (Sender sender : senders) {
        running.add(
            threads.submit(
                () -> {
                  for (int i = next.getAndIncrement(); i < requests; i = next.getAndIncrement()) {
                    long sent = System.nanoTime();
                    sender.send(i);
                    nanos[i] = System.nanoTime() - sent;
                  }
                  return null;
                }));
      }
      for (Future<?> sender : running) {
        sender.get();
      }
      way.await();
      seconds = (System.nanoTime() - start) / 1e9;
      after = cost.spent();
    } finally {
      threads.shutdown();
    }
    for (Sender sender : senders) {
      sender.close();
    }
    Arrays.sort(nanos);
    return new Times(
        seconds,
        Arrays.stream(nanos).boxed().toList(),
        after.cpuNanosSince(before),
        after.allocatedSince(before));
  }
}

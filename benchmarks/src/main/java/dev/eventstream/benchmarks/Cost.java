package dev.eventstream.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;

/**
 * What a process spends on the events of one measurement. It must be read while the threads are
 * alive: what they have allocated is known no longer than that. Processor time comes in steps of 10
 * ms on Linux, which is much for a {@code --quick} run.
 */
interface Cost {
  /**
   * Spent so far.
   *
   * @param cpuNanos processor time of all threads, those of the JVM included
   * @param allocated bytes of the heap, for each thread by its number; empty when nobody knows
   */
  record Spent(double cpuNanos, Map<Long, Long> allocated) {
    double cpuNanosSince(Spent before) {
      return cpuNanos - before.cpuNanos;
    }

    /** What the threads that live now have allocated since then; those that ended are left out. */
    double allocatedSince(Spent before) {
      double sum = 0;
      for (Map.Entry<Long, Long> thread : allocated.entrySet()) {
        sum += thread.getValue() - before.allocated.getOrDefault(thread.getKey(), 0L);
      }
      return sum;
    }
  }

  Spent spent();

  /** Of this process: the way runs in it, and so do those who call it. */
  static Cost ofThisProcess() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return () -> {
      long[] numbers = threads.getAllThreadIds();
      long[] bytes = threads.getThreadAllocatedBytes(numbers);
      Map<Long, Long> allocated = new HashMap<>();
      for (int i = 0; i < numbers.length; i++) {
        if (bytes[i] >= 0) { // has not ended meanwhile
          allocated.put(numbers[i], bytes[i]);
        }
      }
      return new Spent(system.getProcessCpuTime(), allocated);
    };
  }

  /** Of the server; what its clients spend is not part of it. */
  static Cost of(ServerProcess server) {
    return () -> new Spent(server.cpuMillis() * 1e6, Map.of());
  }
}

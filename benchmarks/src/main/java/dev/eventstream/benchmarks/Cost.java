package dev.eventstream.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;

/**
 * The processor time and memory that a process spends on the events of one measurement. It must be
 * read while the threads are alive, because their allocations are not known afterwards. On Linux,
 * processor time has a resolution of 10 ms, which is coarse for a {@code --quick} run.
 */
interface Cost {
  /**
   * The cost so far.
   *
   * @param cpuNanos processor time of all threads, including those of the JVM
   * @param allocated bytes allocated on the heap, by thread ID; empty if unknown
   */
  record Spent(double cpuNanos, Map<Long, Long> allocated) {
    double cpuNanosSince(Spent before) {
      return cpuNanos - before.cpuNanos;
    }

    /**
     * Returns the allocations of all living threads since then; threads that have ended are not
     * included.
     */
    double allocatedSince(Spent before) {
      double sum = 0;
      for (Map.Entry<Long, Long> thread : allocated.entrySet()) {
        sum += thread.getValue() - before.allocated.getOrDefault(thread.getKey(), 0L);
      }
      return sum;
    }
  }

  Spent spent();

  /** Measures this process, in which both the system under test and its callers run. */
  static Cost ofThisProcess() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return () -> {
      long[] numbers = threads.getAllThreadIds();
      long[] bytes = threads.getThreadAllocatedBytes(numbers);
      Map<Long, Long> allocated = new HashMap<>();
      for (int i = 0; i < numbers.length; i++) {
        if (bytes[i] >= 0) { // the thread is still alive
          allocated.put(numbers[i], bytes[i]);
        }
      }
      return new Spent(system.getProcessCpuTime(), allocated);
    };
  }

  /** Measures the server without its clients. */
  static Cost of(ServerProcess server) {
    return () -> new Spent(server.cpuMillis() * 1e6, Map.of());
  }
}

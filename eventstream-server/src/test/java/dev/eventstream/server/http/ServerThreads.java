package dev.eventstream.server.http;

import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;

/** What the threads of all HTTP servers in this process allocate. */
final class ServerThreads {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private ServerThreads() {}

  /** How much those that live have allocated in their lives. */
  static long allocated() {
    Thread[] all = new Thread[2 * Thread.activeCount()];
    long[] ids =
        Arrays.stream(all, 0, Thread.enumerate(all))
            .filter(thread -> thread.getName().startsWith("eventstream-http"))
            .mapToLong(Thread::getId)
            .toArray();
    return Arrays.stream(THREADS.getThreadAllocatedBytes(ids)).sum();
  }

  /** Waits until they allocate nothing more. */
  static void awaitRest() {
    long[] before = {-1};
    await()
        .alias("the server comes to rest")
        .atMost(Duration.ofSeconds(20))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              long now = allocated();
              boolean rests = now == before[0];
              before[0] = now;
              return rests;
            });
  }
}

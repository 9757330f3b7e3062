package dev.eventstream.server.http;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.time.Duration;

/**
 * What the HTTP server puts up with.
 *
 * @param connections how many may be open; at the limit idle ones are closed after {@link
 *     #CROWDED_IDLE_TIMEOUT}, and new ones wait in the system's queue
 * @param memoryBytes how much heap the bodies and answers of all requests may take
 * @param idleTimeout how long a connection may be silent
 * @param bodyGrace how long a body may take at any speed; from then on it has to have come with
 *     {@link #SLOWEST_BYTES_PER_SECOND}
 * @param stopTimeout how long {@link HttpEndpoints#close} waits for running requests
 */
record HttpLimits(
    int connections,
    long memoryBytes,
    Duration idleTimeout,
    Duration bodyGrace,
    Duration stopTimeout) {

  static final Duration CROWDED_IDLE_TIMEOUT = Duration.ofSeconds(1);
  static final int SLOWEST_BYTES_PER_SECOND = 16 * 1024;

  /** A silent connection takes less than half of it. */
  private static final int BYTES_PER_CONNECTION = 10 * 1024;

  private static final int MOST_CONNECTIONS = 12_000;

  /** How many open files are left to the spool, the cluster's connections and the jars. */
  private static final long OWN_FILES = 256;

  BodyReader.Pace pace() {
    return new BodyReader.Pace(bodyGrace, System::nanoTime);
  }

  /** Limits that suit the heap of this process, and the files that it may open. */
  static HttpLimits ofThisProcess() {
    OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
    long files =
        system instanceof UnixOperatingSystemMXBean unix
            ? unix.getMaxFileDescriptorCount()
            : Long.MAX_VALUE;
    return of(Runtime.getRuntime().maxMemory(), files);
  }

  /** Limits that suit a heap of this size, and so many open files. */
  static HttpLimits of(long heap, long files) {
    long byFiles = files - Math.min(OWN_FILES, files / 2);
    return new HttpLimits(
        (int) Math.min(MOST_CONNECTIONS, Math.min(heap / BYTES_PER_CONNECTION, byFiles)),
        heap / 4,
        Duration.ofSeconds(30),
        Duration.ofSeconds(30),
        Duration.ofSeconds(20));
  }
}

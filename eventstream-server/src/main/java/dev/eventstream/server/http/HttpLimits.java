package dev.eventstream.server.http;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.eventstream.server.HttpEndpoints;
import dev.eventstream.server.body.Pace;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.time.Duration;

/**
 * What the HTTP server puts up with.
 *
 * @param bodyBytes how large a body may be, decoded as well
 * @param events how many events a request may have
 * @param headerBytes how large the head of a request may be
 * @param connections how many may be open; at the limit idle ones are closed after 1 s, and new
 *     ones wait in the system's queue
 * @param memoryBytes how much heap the bodies and answers of all requests may take
 * @param idleTimeout how long a connection may be silent
 * @param bodyGrace how long a body may take at any speed; from then on it has to have come with 16
 *     KiB a second
 * @param stopTimeout how long {@link HttpEndpoints#close} waits for running requests
 */
public record HttpLimits(
    int bodyBytes,
    int events,
    int headerBytes,
    int connections,
    long memoryBytes,
    Duration idleTimeout,
    Duration bodyGrace,
    Duration stopTimeout) {

  /** How large a body may be unless said otherwise: 10 MiB. */
  static final int BODY_BYTES = 10 << 20;

  /** How many events a request may have unless said otherwise: 10,000. */
  static final int EVENTS = 10_000;

  private static final int HEADER_BYTES = 8 * 1024;

  static final Duration CROWDED_IDLE_TIMEOUT = Duration.ofSeconds(1);

  /** A silent connection takes less than half of it. */
  private static final int BYTES_PER_CONNECTION = 10 * 1024;

  private static final int MOST_CONNECTIONS = 12_000;

  /** How many open files are left to the spool, the cluster's connections and the jars. */
  private static final long OWN_FILES = 256;

  public Pace pace() {
    return new Pace(bodyGrace, System::nanoTime);
  }

  /**
   * Limits that suit the heap of this process, and the files that it may open.
   *
   * @return the limits
   */
  public static HttpLimits ofThisProcess() {
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
        BODY_BYTES,
        EVENTS,
        HEADER_BYTES,
        (int) Math.min(MOST_CONNECTIONS, Math.min(heap / BYTES_PER_CONNECTION, byFiles)),
        heap / 4,
        Duration.ofSeconds(30),
        Duration.ofSeconds(30),
        Duration.ofSeconds(20));
  }

  /**
   * The same with other bounds of what a request may hold.
   *
   * @param newBodyBytes how large a body may be, decoded as well
   * @param newEvents how many events it may have
   * @param newHeaderBytes how large its head may be
   * @return the limits
   */
  public HttpLimits withRequest(int newBodyBytes, int newEvents, int newHeaderBytes) {
    return new HttpLimits(
        newBodyBytes,
        newEvents,
        newHeaderBytes,
        connections,
        memoryBytes,
        idleTimeout,
        bodyGrace,
        stopTimeout);
  }

  /**
   * The same for other crowds.
   *
   * @param newConnections how many may be open
   * @param newMemoryBytes how much heap the bodies and answers of all requests may take
   * @return the limits
   */
  public HttpLimits withRoom(int newConnections, long newMemoryBytes) {
    return new HttpLimits(
        bodyBytes,
        events,
        headerBytes,
        newConnections,
        newMemoryBytes,
        idleTimeout,
        bodyGrace,
        stopTimeout);
  }

  /**
   * The same with other patience.
   *
   * @param newIdleTimeout how long a connection may be silent
   * @param newBodyGrace how long a body may take at any speed
   * @param newStopTimeout how long closing waits for running requests
   * @return the limits
   */
  public HttpLimits withTimes(
      Duration newIdleTimeout, Duration newBodyGrace, Duration newStopTimeout) {
    return new HttpLimits(
        bodyBytes,
        events,
        headerBytes,
        connections,
        memoryBytes,
        newIdleTimeout,
        newBodyGrace,
        newStopTimeout);
  }
}

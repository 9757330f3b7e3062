package dev.eventstream.server.http;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.eventstream.server.body.Pace;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.time.Duration;

/**
 * The resource limits of the public endpoints.
 *
 * @param bodyBytes the size limit of a body, as sent and as decoded
 * @param events the limit of events per request
 * @param headerBytes the size limit of request line and headers
 * @param connections the limit of open connections; at the limit, idle ones are closed after 1 s,
 *     and new ones wait in the system's queue
 * @param memoryBytes the heap that bodies and answers of all requests may take
 * @param idleTimeout the time after which a silent connection is closed
 * @param bodyGrace the time that a body may take at any speed; a longer transfer needs 16 KiB per
 *     second
 * @param stopTimeout how long {@link HttpServer#close} waits for running requests
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

  /** The default of {@link #bodyBytes}: 10 MiB. */
  static final int BODY_BYTES = 10 << 20;

  /** The default of {@link #events}. */
  static final int EVENTS = 10_000;

  private static final int HEADER_BYTES = 8 * 1024;

  static final Duration CROWDED_IDLE_TIMEOUT = Duration.ofSeconds(1);

  /** An idle connection takes less than half of it. */
  private static final int BYTES_PER_CONNECTION = 10 * 1024;

  private static final int MOST_CONNECTIONS = 12_000;

  /** The open files that are reserved for the spool, the cluster's connections and the jars. */
  private static final long OWN_FILES = 256;

  private static final int ADMIN_CONNECTIONS = 64;

  public Pace pace() {
    return new Pace(bodyGrace, System::nanoTime);
  }

  /** The limits for the heap of this process, and for the number of files that it may open. */
  public static HttpLimits ofThisProcess() {
    OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
    long files =
        system instanceof UnixOperatingSystemMXBean unix
            ? unix.getMaxFileDescriptorCount()
            : Long.MAX_VALUE;
    return of(Runtime.getRuntime().maxMemory(), files);
  }

  /** The limits for a heap of this size, and for this number of open files. */
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

  /** The same with other limits per request. */
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

  /** The same with another number of connections and other memory. */
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

  /** The same for the admin port, which has few clients. */
  public HttpLimits forOperators() {
    return withRoom(Math.min(ADMIN_CONNECTIONS, connections), memoryBytes);
  }

  /** The same with other time-outs. */
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

package dev.eventstream.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Sends requests at fixed times, whether earlier ones are answered or not. Latencies are measured
 * from the intended time of sending, so that they include requests delayed by a stall of the
 * server, which a client that waits for each answer would omit (coordinated omission).
 */
final class OpenLoop {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

  private final ManyConnections http;
  private final byte[] request;
  private final double interval; // ns
  private final long requests;
  private final long[] intended; // intended times of sent requests, by tag
  private final Histogram latency = new Histogram(3);
  private final Histogram late = new Histogram(3);
  private long answered;
  private long accepted;
  private long waited;
  private long lastAnswer;

  /**
   * The result.
   *
   * @param intendedRate intended requests per second
   * @param achievedRate answered requests per second, up to the last answer
   * @param accepted the number of accepted requests
   * @param refused the number of others (429, 503, or no answer)
   * @param waited the number of requests that waited for a connection
   * @param latency from the intended time of sending to the answer, in ns
   * @param late from the intended to the actual time of sending, in ns, for requests that did not
   *     wait for a connection: the delay of the load generator itself
   */
  record Result(
      double intendedRate,
      double achievedRate,
      long accepted,
      long refused,
      long waited,
      Histogram latency,
      Histogram late) {}

  private OpenLoop(ManyConnections http, byte[] request, double rate, double seconds) {
    this.http = http;
    this.request = request;
    this.interval = 1e9 / rate;
    this.requests = Math.max(1, Math.round(rate * seconds));
    this.intended = new long[(int) requests];
  }

  /** Sends at this rate for the given time, and waits for the last answer. */
  static Result run(ManyConnections http, byte[] request, double rate, double seconds)
      throws IOException {
    return new OpenLoop(http, request, rate, seconds).run();
  }

  private Result run() throws IOException {
    long start = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(10);
    lastAnswer = start;
    int next = 0;
    boolean waits = false; // whether the next request waits for a connection
    while (answered < requests) {
      long now = System.nanoTime();
      if (now - lastAnswer > PATIENCE) {
        throw new IOException((next - answered) + " requests are not answered");
      }
      long due = next < requests ? start + (long) (next * interval) : Long.MAX_VALUE;
      if (now >= due && http.hasIdle()) {
        if (waits) {
          waited++;
          waits = false;
        } else {
          late.recordValue(now - due);
        }
        intended[next] = due;
        http.send(request, next);
        next++;
      } else if (now >= due) {
        waits = true;
        http.poll(TimeUnit.MILLISECONDS.toNanos(1), this::answered);
      } else {
        http.poll(Math.min(due - now, TimeUnit.MILLISECONDS.toNanos(100)), this::answered);
      }
    }
    double seconds = (lastAnswer - start) / 1e9;
    return new Result(
        1e9 / interval, answered / seconds, accepted, answered - accepted, waited, latency, late);
  }

  private void answered(long tag, int status) throws IOException {
    lastAnswer = System.nanoTime();
    latency.recordValue(Math.max(0, lastAnswer - intended[(int) tag]));
    answered++;
    if (ClosedLoop.isAccepted(status)) {
      accepted++;
    }
  }
}

package dev.eventstream.benchmarks;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a constant number of requests in flight: each answer allows the next request. Refused
 * requests are counted and sent again after a pause.
 */
final class ClosedLoop {
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

  private final ManyConnections http;
  private final List<byte[]> requests;
  private final int outstanding;
  private final Queue<Retry> retries = new ArrayDeque<>();
  private long sent;
  private long indexed;
  private long spooled;
  private long refused;
  private long lost;
  private long lastAnswer;

  private record Retry(long at, long tag) {}

  /**
   * The result.
   *
   * @param seconds the duration up to the last answer
   * @param indexed requests whose events were all indexed
   * @param spooled requests with at least one spooled event
   * @param refused answers 429 and 503; the requests were sent again
   * @param lost requests whose connection ended before the answer; they were sent again
   * @param closed idle connections that the server closed
   */
  record Result(double seconds, long indexed, long spooled, long refused, long lost, long closed) {
    long accepted() {
      return indexed + spooled;
    }
  }

  private ClosedLoop(ManyConnections http, List<byte[]> requests, int outstanding) {
    this.http = http;
    this.requests = requests;
    this.outstanding = outstanding;
  }

  /** Sends the requests in turn for the given time, and waits for all answers. */
  static Result run(ManyConnections http, List<byte[]> requests, int outstanding, double seconds)
      throws IOException {
    return new ClosedLoop(http, requests, outstanding).run((long) (seconds * 1e9));
  }

  static boolean isAccepted(int status) {
    return status == 200 || status == 202;
  }

  private Result run(long nanos) throws IOException {
    long start = System.nanoTime();
    long closed = http.closedByServer();
    lastAnswer = start;
    while (true) {
      long now = System.nanoTime();
      boolean over = now - start >= nanos;
      if (over && http.busy() == 0 && retries.isEmpty()) {
        break;
      }
      if (now - lastAnswer > PATIENCE) {
        throw new IOException(http.busy() + " requests are not answered");
      }
      // A request that is to be retried keeps its slot.
      while (!retries.isEmpty() && retries.peek().at <= now && http.hasIdle()) {
        send(retries.remove().tag);
      }
      while (!over && http.busy() + retries.size() < outstanding && http.hasIdle()) {
        send(sent++);
      }
      http.poll(TimeUnit.MILLISECONDS.toNanos(10), this::answered);
    }
    double seconds = (lastAnswer - start) / 1e9;
    return new Result(seconds, indexed, spooled, refused, lost, http.closedByServer() - closed);
  }

  private void send(long tag) throws IOException {
    http.send(requests.get((int) (tag % requests.size())), tag);
  }

  private void answered(long tag, int status) throws IOException {
    lastAnswer = System.nanoTime();
    switch (status) {
      case 200 -> indexed++;
      case 202 -> spooled++;
      case 429, 503 -> {
        refused++;
        retries.add(new Retry(lastAnswer + RETRY_NANOS, tag));
      }
      case ManyConnections.LOST -> {
        lost++;
        retries.add(new Retry(lastAnswer + RETRY_NANOS, tag));
      }
      default -> throw new IOException("a request was answered with status " + status);
    }
  }
}

package dev.eventstream.server.http;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpStream;

/**
 * Reads a request's body to its end as it arrives, without keeping a thread waiting, and gives up
 * on one that comes too slowly to be meant well.
 */
abstract class BodyReader {
  private final Content.Source source;
  private final Pace pace;
  private final long startedAt;
  private long received;

  /**
   * How slowly a body may come, or an answer go.
   *
   * @param grace how long it may take at any speed
   * @param nanoTime the time
   */
  record Pace(Duration grace, LongSupplier nanoTime) {
    /** How long so many bytes may take. */
    long millis(long bytes) {
      return grace.toMillis() + bytes * 1000 / HttpLimits.SLOWEST_BYTES_PER_SECOND;
    }

    private boolean isTooSlow(long bytes, long sinceNanos) {
      long nanos = nanoTime.getAsLong() - sinceNanos;
      return nanos > grace.toNanos() && bytes < nanos / 1e9 * HttpLimits.SLOWEST_BYTES_PER_SECOND;
    }
  }

  BodyReader(Content.Source source, Pace pace) {
    this.source = source;
    this.pace = pace;
    this.startedAt = pace.nanoTime.getAsLong();
  }

  /**
   * Takes a piece.
   *
   * @param chunk to be read, not to be kept
   * @throws IOException to read no further; comes to {@link #failed}
   */
  abstract void take(Content.Chunk chunk) throws IOException;

  /** All of it was taken. */
  abstract void succeeded();

  /** Nothing more will be read. */
  abstract void failed(Throwable failure);

  /** Goes on until there is nothing to read for now; called again when there is. */
  final void readOn() {
    while (true) {
      Content.Chunk chunk = source.read();
      if (chunk == null) {
        source.demand(this::readOn);
        return;
      }
      if (Content.Chunk.isFailure(chunk)) {
        Throwable failure = chunk.getFailure();
        // What Jetty (12.1.14) may put in place of a reset that comes while the body is read.
        boolean reset = failure == HttpStream.CONTENT_NOT_CONSUMED;
        failed(reset ? new EofException("the client has gone") : failure);
        return;
      }
      boolean last = chunk.isLast();
      try {
        received += chunk.remaining();
        take(chunk);
        if (!last && pace.isTooSlow(received, startedAt)) {
          throw new TimeoutException();
        }
      } catch (IOException | TimeoutException e) {
        failed(e);
        return;
      } finally {
        chunk.release();
      }
      if (last) {
        succeeded();
        return;
      }
    }
  }
}

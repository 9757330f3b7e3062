package dev.eventstream.server.body;

import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpStream;

/**
 * Reads a body to its end as it arrives, without blocking a thread. Stops if the body arrives more
 * slowly than its {@link Pace} allows.
 */
abstract class BodyReader {
  private final Content.Source source;
  private final Pace pace;
  private final long startedAt;
  private long received;

  BodyReader(Content.Source source, Pace pace) {
    this.source = source;
    this.pace = pace;
    this.startedAt = pace.nanoTime().getAsLong();
  }

  /**
   * Consumes a chunk.
   *
   * @param chunk is valid only during the call
   * @throws IOException to stop reading; it is passed to {@link #failed}
   */
  abstract void take(Content.Chunk chunk) throws IOException;

  /** The body was read to its end. */
  abstract void succeeded();

  /** Reading has stopped before the end. */
  abstract void failed(Throwable failure);

  /** Reads what has arrived, and registers itself for what comes later. */
  final void readOn() {
    while (true) {
      Content.Chunk chunk = source.read();
      if (chunk == null) {
        source.demand(this::readOn);
        return;
      }
      if (Content.Chunk.isFailure(chunk)) {
        failed(failure(chunk.getFailure()));
        return;
      }
      boolean last = chunk.isLast();
      try {
        received += chunk.remaining();
        take(chunk);
        if (!last && pace.isTooSlow(received, startedAt)) {
          throw BodyException.tooSlow();
        }
      } catch (IOException e) {
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

  private static Throwable failure(Throwable ofJetty) {
    if (ofJetty instanceof TimeoutException) {
      return BodyException.tooSlow(); // the connection was silent for the idle time-out
    }
    // Jetty (12.1.14) may report this instead of a reset that arrives while the body is read.
    return ofJetty == HttpStream.CONTENT_NOT_CONSUMED
        ? new EofException("the client has disconnected")
        : ofJetty;
  }
}

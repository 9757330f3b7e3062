package dev.eventstream.server.publisher;

import dev.eventstream.Event;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Where the events of files go. */
public interface PublishTarget {
  /** Whether the ids of documents depend on the batches, which must then always be the same. */
  default boolean needsSameBatches() {
    return false;
  }

  /**
   * What became of an event.
   *
   * @param kind {@code indexed}, {@code duplicate}, {@code spooled}, {@code dead_lettered}, {@code
   *     dropped}, {@code rejected} or {@code refused}
   * @param reason empty unless it was rejected, refused or became a dead letter
   * @param retryAfter when to send a refused event again
   */
  record Result(String kind, String reason, Duration retryAfter) {
    boolean isRefused() {
      return kind.equals("refused");
    }
  }

  /** A batch that was sent. */
  interface Sent {
    /** Waits for the results, in the order of the positions. */
    List<Result> await() throws IOException, InterruptedException;
  }

  /**
   * Sends events; does not wait for their results.
   *
   * @param batch each event has a document id
   * @param positions of those to send: all, or later those that were refused
   */
  Sent send(List<Event> batch, List<Integer> positions) throws IOException, InterruptedException;
}

package dev.eventstream.server.publisher;

import dev.eventstream.Event;
import java.io.IOException;
import java.util.List;

/** Where the events of files go. */
public interface PublishTarget {
  /**
   * What became of an event.
   *
   * @param kind {@code indexed}, {@code duplicate}, {@code spooled}, {@code dead_lettered}, {@code
   *     dropped}, {@code rejected} or {@code refused}
   * @param reason empty unless it was rejected, refused or became a dead letter
   */
  record Result(String kind, String reason) {}

  /** A batch that was sent. */
  interface Sent {
    /** Waits for the results, in the order of the events. */
    List<Result> await() throws IOException, InterruptedException;
  }

  /**
   * Sends events; does not wait for their results.
   *
   * @param events each has a document id; the same events are sent again if they were refused
   */
  Sent send(List<Event> events) throws IOException, InterruptedException;
}

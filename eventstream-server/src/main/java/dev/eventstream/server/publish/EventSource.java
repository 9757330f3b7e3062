package dev.eventstream.server.publish;

import dev.eventstream.Acknowledgement;
import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.ReadEvent;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The events of one request, in whatever format they were sent. Not thread-safe. */
abstract class EventSource {

  /**
   * Publishes the events.
   *
   * @param acknowledgement null: that of the stream
   * @return the outcomes in the order of the request; never fails
   * @throws IOException if there are too many events; none is published then
   */
  abstract CompletableFuture<List<Outcome>> publish(
      EventStream stream, @Nullable Acknowledgement acknowledgement) throws IOException;

  /** The number of events, broken ones included; valid after {@link #publish}. */
  abstract int count();

  /** Whether the request holds an array of events; valid after {@link #publish}. */
  abstract boolean isArray();

  /** Events that the stream reads from the body itself, without an object per event. */
  static EventSource of(EventReader reader) {
    return new EventSource() {
      @Override
      CompletableFuture<List<Outcome>> publish(
          EventStream stream, @Nullable Acknowledgement acknowledgement) throws IOException {
        return acknowledgement == null
            ? stream.publishAll(reader)
            : stream.publishAll(reader, acknowledgement);
      }

      @Override
      int count() {
        return reader.count();
      }

      @Override
      boolean isArray() {
        return reader.isArray();
      }
    };
  }

  /** Events that were converted from another format. */
  static EventSource of(List<ReadEvent> events, boolean array) {
    return new EventSource() {
      @Override
      CompletableFuture<List<Outcome>> publish(
          EventStream stream, @Nullable Acknowledgement acknowledgement) {
        return acknowledgement == null
            ? stream.publishAll(events)
            : stream.publishAll(events, acknowledgement);
      }

      @Override
      int count() {
        return events.size();
      }

      @Override
      boolean isArray() {
        return array;
      }
    };
  }
}

package dev.eventstream.server.publisher;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Publishes through a stream of this process. Thread-safe. */
public final class StreamTarget implements PublishTarget {
  private final EventStream stream;

  /**
   * Creates a target.
   *
   * @param stream is not closed
   */
  public StreamTarget(EventStream stream) {
    this.stream = stream;
  }

  @Override
  public Sent send(List<Event> batch, List<Integer> positions) {
    List<Event> events = positions.stream().map(batch::get).toList();
    CompletableFuture<List<Outcome>> published = stream.publishAll(events);
    return () -> {
      try {
        return published.get().stream().map(StreamTarget::result).toList();
      } catch (ExecutionException e) {
        throw new IOException("publishing failed: " + e.getCause(), e);
      }
    };
  }

  private static Result result(Outcome outcome) {
    String reason =
        switch (outcome.kind()) {
          case INDEXED, DUPLICATE, SPOOLED, DROPPED -> "";
          case DEAD_LETTERED -> ((Outcome.DeadLettered) outcome).reason();
          case REJECTED -> ((Outcome.Rejected) outcome).reason();
          case REFUSED -> ((Outcome.Refused) outcome).reason();
        };
    Duration retryAfter =
        outcome instanceof Outcome.Refused refused ? refused.retryAfter() : Duration.ZERO;
    return new Result(outcome.kind().name().toLowerCase(Locale.ROOT), reason, retryAfter);
  }
}

package dev.eventstream.spring;

import dev.eventstream.observe.BulkAttempt;
import dev.eventstream.observe.PublishCounts;
import dev.eventstream.observe.PublishedEvent;
import dev.eventstream.observe.SpoolExit;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.DocumentBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Several listeners as the one that a stream has. Each gets all notifications, also if another one
 * fails, and the origins that it returned itself.
 */
final class Listeners implements StreamListener {
  private final List<StreamListener> listeners;

  private Listeners(List<StreamListener> listeners) {
    this.listeners = listeners;
  }

  /** What each listener returned, at its position. */
  private record Origins(List<@Nullable Object> byListener) {}

  static StreamListener of(List<StreamListener> listeners) {
    return switch (listeners.size()) {
      case 0 -> NONE;
      case 1 -> listeners.get(0);
      default -> new Listeners(List.copyOf(listeners));
    };
  }

  @Override
  public @Nullable Object publishing() {
    List<@Nullable Object> origins = new ArrayList<>();
    each(
        (listener, position) -> {
          origins.add(null); // stays, if the listener fails
          origins.set(position, listener.publishing());
        });
    return origins.stream().allMatch(Objects::isNull) ? null : new Origins(origins);
  }

  private static @Nullable Object origin(@Nullable Object origin, int position) {
    return origin instanceof Origins origins ? origins.byListener.get(position) : null;
  }

  @Override
  public void published(PublishCounts counts) {
    each((listener, position) -> listener.published(counts));
  }

  @Override
  public void publishedEvents(int events, IntFunction<PublishedEvent> event) {
    each((listener, position) -> listener.publishedEvents(events, event));
  }

  @Override
  public void attempted(BulkAttempt attempt) {
    if (attempt.origins().isEmpty()) {
      each((listener, position) -> listener.attempted(attempt));
    } else {
      each((listener, position) -> listener.attempted(withOriginsOf(position, attempt)));
    }
  }

  private static BulkAttempt withOriginsOf(int position, BulkAttempt attempt) {
    List<Object> own = new ArrayList<>();
    for (Object all : attempt.origins()) {
      Object origin = origin(all, position);
      if (origin != null) {
        own.add(origin);
      }
    }
    return new BulkAttempt(
        attempt.documents(),
        attempt.bytes(),
        attempt.attempt(),
        attempt.replay(),
        attempt.result(),
        attempt.nanos(),
        own);
  }

  @Override
  public void breakerOpened(String reason) {
    each((listener, position) -> listener.breakerOpened(reason));
  }

  @Override
  public void breakerClosed() {
    each((listener, position) -> listener.breakerClosed());
  }

  @Override
  public void spooled(int documents, long bytes, long nanos, @Nullable Object origin) {
    each(
        (listener, position) ->
            listener.spooled(documents, bytes, nanos, origin(origin, position)));
  }

  @Override
  public void replayed(int documents) {
    each((listener, position) -> listener.replayed(documents));
  }

  @Override
  public void left(DocumentBatch documents, IntFunction<@Nullable SpoolExit> exits) {
    each((listener, position) -> listener.left(documents, exits));
  }

  @Override
  public void sheltered(int documents) {
    each((listener, position) -> listener.sheltered(documents));
  }

  @Override
  public void deadLettered(int documents) {
    each((listener, position) -> listener.deadLettered(documents));
  }

  /** Calls all listeners, and then throws the first exception, which the stream logs. */
  private void each(ObjIntConsumer<StreamListener> call) {
    RuntimeException failure = null;
    for (int i = 0; i < listeners.size(); i++) {
      try {
        call.accept(listeners.get(i), i);
      } catch (RuntimeException e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}

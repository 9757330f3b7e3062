package dev.eventstream;

import dev.eventstream.observe.BulkAttempt;
import dev.eventstream.observe.PublishCounts;
import dev.eventstream.observe.PublishedEvent;
import dev.eventstream.observe.SpoolExit;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.DocumentBatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Catches what a listener throws, so that it cannot disturb delivery. Thread-safe. */
final class GuardedListener implements StreamListener {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedListener.class);

  private final StreamListener listener;
  private final AtomicBoolean failed = new AtomicBoolean();

  GuardedListener(StreamListener listener) {
    this.listener = listener;
  }

  @Override
  public @Nullable Object publishing() {
    try {
      return listener.publishing();
    } catch (RuntimeException | Error e) {
      failed(e);
      return null;
    }
  }

  @Override
  public void published(PublishCounts counts) {
    tell(to -> to.published(counts));
  }

  @Override
  public void publishedEvents(int events, IntFunction<PublishedEvent> event) {
    tell(to -> to.publishedEvents(events, event));
  }

  @Override
  public void attempted(BulkAttempt attempt) {
    tell(to -> to.attempted(attempt));
  }

  @Override
  public void breakerOpened(String reason) {
    tell(to -> to.breakerOpened(reason));
  }

  @Override
  public void breakerClosed() {
    tell(StreamListener::breakerClosed);
  }

  @Override
  public void spooled(int documents, long bytes, long nanos, @Nullable Object origin) {
    tell(to -> to.spooled(documents, bytes, nanos, origin));
  }

  @Override
  public void replayed(int documents) {
    tell(to -> to.replayed(documents));
  }

  @Override
  public void left(DocumentBatch documents, IntFunction<@Nullable SpoolExit> exits) {
    tell(to -> to.left(documents, exits));
  }

  @Override
  public void sheltered(int documents) {
    tell(to -> to.sheltered(documents));
  }

  @Override
  public void deadLettered(int documents) {
    tell(to -> to.deadLettered(documents));
  }

  private void tell(Consumer<StreamListener> what) {
    try {
      what.accept(listener);
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  private void failed(Throwable failure) {
    if (!failed.getAndSet(true)) {
      LOG.error(
          "The listener {} failed and missed a notification; further failures are not logged",
          listener.getClass().getName(),
          failure);
    }
  }
}

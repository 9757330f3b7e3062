package dev.eventstream.observe;

import static java.util.Objects.requireNonNull;

import dev.eventstream.spi.DocumentBatch;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Passes all notifications to another listener. A subclass overrides what it wants to know, and
 * calls the overridden method, too. As thread-safe as the other listener.
 */
public abstract class ForwardingStreamListener implements StreamListener {
  private final StreamListener next;

  /**
   * Creates the listener.
   *
   * @param next receives all notifications
   */
  protected ForwardingStreamListener(StreamListener next) {
    this.next = requireNonNull(next, "next");
  }

  @Override
  public @Nullable Object publishing() {
    return next.publishing();
  }

  @Override
  public void published(PublishCounts counts) {
    next.published(counts);
  }

  @Override
  public void publishedEvents(int events, IntFunction<PublishedEvent> event) {
    next.publishedEvents(events, event);
  }

  @Override
  public void attempted(BulkAttempt attempt) {
    next.attempted(attempt);
  }

  @Override
  public void breakerOpened(String reason) {
    next.breakerOpened(reason);
  }

  @Override
  public void breakerClosed() {
    next.breakerClosed();
  }

  @Override
  public void spooled(int documents, long bytes, long nanos, @Nullable Object origin) {
    next.spooled(documents, bytes, nanos, origin);
  }

  @Override
  public void replayed(int documents) {
    next.replayed(documents);
  }

  @Override
  public void left(DocumentBatch documents, IntFunction<@Nullable SpoolExit> exits) {
    next.left(documents, exits);
  }

  @Override
  public void sheltered(int documents) {
    next.sheltered(documents);
  }

  @Override
  public void deadLettered(int documents) {
    next.deadLettered(documents);
  }
}

package dev.eventstream.observe;

import dev.eventstream.spi.DocumentBatch;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Is notified of what a stream does, batch by batch, for example to record metrics or traces. Every
 * method does nothing unless it is overridden.
 *
 * <p>Called by the delivery threads, several at once, before the publishers are answered:
 * implementations must be thread-safe and fast, and must not block. Exceptions are caught, and
 * logged the first time; delivery continues.
 *
 * <p>For the current state, as opposed to events in the past, see {@code EventStream.state()}.
 */
public interface StreamListener {

  /** A listener that does nothing. */
  StreamListener NONE = new StreamListener() {};

  /**
   * Called on the publishing thread when a publish call submits its documents.
   *
   * @return an object that is passed to later notifications about these documents, for example the
   *     current span of a trace; null for none
   */
  default @Nullable Object publishing() {
    return null;
  }

  /**
   * Called when a publish call has all of its outcomes.
   *
   * @param counts the number of events by outcome
   */
  default void published(PublishCounts counts) {}

  /**
   * Called with the events of {@link #published}, for listeners that tell events apart.
   *
   * @param events how many there are
   * @param event returns the event at a position, which it creates each time; used only during the
   *     call
   */
  default void publishedEvents(int events, IntFunction<PublishedEvent> event) {}

  /**
   * Called when a bulk request was answered or has failed.
   *
   * @param attempt the request and its result
   */
  default void attempted(BulkAttempt attempt) {}

  /**
   * Called when the breaker opens: from now on documents go directly to the spool.
   *
   * @param reason contains no credentials and no contents of events
   */
  default void breakerOpened(String reason) {}

  /** Called when the cluster accepts documents again. */
  default void breakerClosed() {}

  /**
   * Called when the spool has written and fsynced documents.
   *
   * @param documents the number of documents
   * @param bytes their size, headers included
   * @param nanos the duration in nanoseconds
   * @param origin what {@link #publishing} returned for these documents
   */
  default void spooled(int documents, long bytes, long nanos, @Nullable Object origin) {}

  /**
   * Called when documents have left the spool: each is in the cluster or among the dead letters.
   *
   * @param documents the number of documents
   */
  default void replayed(int documents) {}

  /**
   * Called with the documents of {@link #replayed}, for listeners that tell documents apart.
   *
   * @param documents a portion of the spool; read only during the call
   * @param exits what became of the document at a position; null: it stays in the spool
   */
  default void left(DocumentBatch documents, IntFunction<@Nullable SpoolExit> exits) {}

  /**
   * Called when the sink has written documents in another form, because the target did not accept
   * them as they are ({@link dev.eventstream.spi.ItemResult.Sheltered}).
   *
   * @param documents the number of documents
   */
  default void sheltered(int documents) {}

  /**
   * Called when documents were added to the dead letters and fsynced.
   *
   * @param documents the number of documents
   */
  default void deadLettered(int documents) {}
}

package dev.eventstream.observe;

import org.jspecify.annotations.Nullable;

/**
 * Is told what a stream does, by batches: for metrics and for state that others show. Every method
 * does nothing unless it is overridden.
 *
 * <p>Called by the threads that deliver, several at once, before those who published are answered:
 * implementations must be thread-safe, fast, and must not block. What they throw is caught and
 * logged the first time; delivery goes on.
 *
 * <p>What is true now, rather than what has happened, is in {@code EventStream.state()}.
 */
public interface StreamListener {

  /** A listener that does nothing. */
  StreamListener NONE = new StreamListener() {};

  /**
   * A publish call hands over its documents. Called by the thread that publishes.
   *
   * @return whatever the listener wants to be reminded of when something is done with these
   *     documents, for example the current span of a trace; null: nothing
   */
  default @Nullable Object publishing() {
    return null;
  }

  /**
   * A publish call has got all its outcomes.
   *
   * @param counts how many events met which
   */
  default void published(PublishCounts counts) {}

  /**
   * A bulk request was answered, or has failed.
   *
   * @param attempt what was sent and what became of it
   */
  default void attempted(BulkAttempt attempt) {}

  /**
   * From now on documents go to the spool at once.
   *
   * @param reason why; without credentials and without contents of events
   */
  default void breakerOpened(String reason) {}

  /** The cluster takes documents again. */
  default void breakerClosed() {}

  /**
   * The spool has written documents and fsynced them.
   *
   * @param documents how many
   * @param bytes how many bytes they take, headers included
   * @param nanos how long it took, in nanoseconds
   * @param origin what {@link #publishing} returned for these documents
   */
  default void spooled(int documents, long bytes, long nanos, @Nullable Object origin) {}

  /**
   * Documents have left the spool: each is in the cluster or among the dead letters.
   *
   * @param documents how many
   */
  default void replayed(int documents) {}

  /**
   * Documents were added to the dead letters and fsynced.
   *
   * @param documents how many
   */
  default void deadLettered(int documents) {}
}

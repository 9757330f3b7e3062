package dev.eventstream.observe;

import org.jspecify.annotations.Nullable;

/**
 * One event of a publish call, with its outcome.
 *
 * @param result the outcome
 * @param destination the index; null: the event did not become a document
 * @param documentId the document's ID; null: the event did not become a document
 * @param eventType null: it is not known, because the event did not become a document
 * @param reason why the event is not in its index, as the sink or the stream reports it; null: it
 *     is in it, or is expected to be
 */
public record PublishedEvent(
    Result result,
    @Nullable String destination,
    @Nullable String documentId,
    @Nullable String eventType,
    @Nullable String reason) {

  /** The outcomes, as {@link PublishCounts} counts them. */
  public enum Result {
    /** The cluster has acknowledged the document. */
    INDEXED,
    /** The index already contained the document. */
    DUPLICATE,
    /** The document is in the spool. */
    SPOOLED,
    /** The document is among the dead letters. */
    DEAD_LETTERED,
    /** The transformer or the cluster discarded the event on purpose. */
    DROPPED,
    /** The event is invalid and was not accepted. */
    REJECTED,
    /** The event was not accepted now. */
    REFUSED
  }
}

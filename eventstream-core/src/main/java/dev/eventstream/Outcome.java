package dev.eventstream;

import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What became of one event. Exactly one of these holds; a {@code switch} over them needs no {@code
 * default}.
 *
 * <p>The first four are promises kept: the event is in the index, or fsynced on disk. {@link
 * Dropped} says that the cluster discarded the event on purpose. The last two say that the event
 * was <em>not</em> taken: {@link Rejected} never will be as it is, {@link Refused} may be sent
 * again.
 */
public sealed interface Outcome {

  /** The kinds of outcome, for a {@code switch} that the compiler checks on Java 17. */
  enum Kind {
    /** {@link Outcome.Indexed}. */
    INDEXED,
    /** {@link Outcome.Duplicate}. */
    DUPLICATE,
    /** {@link Outcome.Spooled}. */
    SPOOLED,
    /** {@link Outcome.DeadLettered}. */
    DEAD_LETTERED,
    /** {@link Outcome.Dropped}. */
    DROPPED,
    /** {@link Outcome.Rejected}. */
    REJECTED,
    /** {@link Outcome.Refused}. */
    REFUSED
  }

  /** Its kind: one for each of the records below. */
  Kind kind();

  /**
   * Whether the event was taken, and will not be lost.
   *
   * @return true for all but {@link Dropped}, {@link Rejected} and {@link Refused}
   */
  default boolean accepted() {
    return this instanceof Accepted;
  }

  /** The event was taken, and will not be lost. */
  sealed interface Accepted extends Outcome {
    /**
     * Where the document is, or is meant to go.
     *
     * @return the index
     */
    String destination();

    /**
     * Under which id.
     *
     * @return the document's id
     */
    String documentId();

    /**
     * The event ID that was found for the event's type and value.
     *
     * @return the ID, or null where there is none
     */
    @Nullable String eventId();
  }

  /**
   * The cluster has acknowledged the document.
   *
   * @param destination the index
   * @param documentId the document's id
   * @param eventId the event ID, or null where there is none
   */
  record Indexed(String destination, String documentId, @Nullable String eventId)
      implements Accepted {
    @Override
    public Kind kind() {
      return Kind.INDEXED;
    }
  }

  /**
   * The index already held a document with this id; nothing was changed. A success.
   *
   * @param destination the index
   * @param documentId the document's id
   * @param eventId the event ID, or null where there is none
   */
  record Duplicate(String destination, String documentId, @Nullable String eventId)
      implements Accepted {
    @Override
    public Kind kind() {
      return Kind.DUPLICATE;
    }
  }

  /**
   * The document is fsynced in the spool and will be indexed later.
   *
   * @param destination the index it is meant for
   * @param documentId the document's id
   * @param eventId the event ID, or null where there is none
   */
  record Spooled(String destination, String documentId, @Nullable String eventId)
      implements Accepted {
    @Override
    public Kind kind() {
      return Kind.SPOOLED;
    }
  }

  /**
   * No index can take the document; it is fsynced among the dead letters.
   *
   * @param destination the index it was meant for
   * @param documentId the document's id
   * @param eventId the event ID, or null where there is none
   * @param reason why it cannot be written
   */
  record DeadLettered(
      String destination, String documentId, @Nullable String eventId, String reason)
      implements Accepted {
    @Override
    public Kind kind() {
      return Kind.DEAD_LETTERED;
    }
  }

  /**
   * The cluster took the document and discarded it, as an ingest pipeline there demands; it is in
   * no index. Sending it again has the same outcome.
   *
   * @param destination the index that it was meant for
   * @param documentId the document's id
   * @param eventId the event ID, or null where there is none
   */
  record Dropped(String destination, String documentId, @Nullable String eventId)
      implements Outcome {
    @Override
    public Kind kind() {
      return Kind.DROPPED;
    }
  }

  /**
   * The event is broken and was not taken; the same event will be rejected again.
   *
   * @param code what kind of fault it is
   * @param reason the fault in one sentence
   * @param offset where in the input the fault was seen, in bytes; -1 where that says nothing
   */
  record Rejected(Rejection code, String reason, long offset) implements Outcome {
    @Override
    public Kind kind() {
      return Kind.REJECTED;
    }
  }

  /**
   * The event cannot be taken now and was not: send it again later.
   *
   * <p>After a time-out the cluster may still have written the document; an idempotency key makes
   * the second try safe.
   *
   * @param code what kind of obstacle it is
   * @param reason what is in the way
   * @param retryAfter how long to wait before the next try
   */
  record Refused(Refusal code, String reason, Duration retryAfter) implements Outcome {
    @Override
    public Kind kind() {
      return Kind.REFUSED;
    }
  }
}

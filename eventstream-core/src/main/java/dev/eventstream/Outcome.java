package dev.eventstream;

import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of one event.
 *
 * <p>The first four outcomes mean that the event is safe: it is in the index or fsynced on disk.
 * {@link Dropped} means that the event was discarded on purpose. The last two mean that the event
 * was <em>not</em> accepted: a {@link Rejected} event is always rejected as it is, a {@link
 * Refused} event may be sent again.
 */
public sealed interface Outcome {

  /** The kinds of outcome, for exhaustive switches on Java 17. */
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

  /** Returns the kind; each of the records below has its own. */
  Kind kind();

  /**
   * Returns whether the event was accepted and will not be lost: true for all but {@link Dropped},
   * {@link Rejected} and {@link Refused}.
   */
  default boolean accepted() {
    return this instanceof Accepted;
  }

  /** The event was accepted and will not be lost. */
  sealed interface Accepted extends Outcome {
    /** Returns the index that contains the document, or that it is intended for. */
    String destination();

    /** Returns the document's ID. */
    String documentId();

    /** Returns the event ID found for the event's type and value, or null if there is none. */
    @Nullable String eventId();
  }

  /** The cluster has acknowledged the document. */
  record Indexed(String destination, String documentId, @Nullable String eventId)
      implements Accepted {
    @Override
    public Kind kind() {
      return Kind.INDEXED;
    }
  }

  /** The index already contained a document with this ID and was not changed. Counts as success. */
  record Duplicate(String destination, String documentId, @Nullable String eventId)
      implements Accepted {
    @Override
    public Kind kind() {
      return Kind.DUPLICATE;
    }
  }

  /** The document is fsynced in the spool and will be indexed later. */
  record Spooled(String destination, String documentId, @Nullable String eventId)
      implements Accepted {
    @Override
    public Kind kind() {
      return Kind.SPOOLED;
    }
  }

  /**
   * No index can accept the document; it is fsynced among the dead letters.
   *
   * @param reason why the document cannot be written
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
   * The event was discarded on purpose and is in no index: by the {@link EventTransformer}, or by
   * the cluster, for example because of an ingest pipeline. Sending it again has the same outcome.
   *
   * @param destination the index for which the document was meant; null if the transformer dropped
   *     the event, which then did not become a document
   * @param documentId the document's ID; null if the transformer dropped the event
   * @param eventId the event ID found for the event's type and value, or null if there is none
   */
  record Dropped(
      @Nullable String destination, @Nullable String documentId, @Nullable String eventId)
      implements Outcome {
    static final Dropped BY_TRANSFORMER = new Dropped(null, null, null);

    /** Returns whether the transformer dropped the event, and not the cluster. */
    public boolean byTransformer() {
      return documentId == null;
    }

    @Override
    public Kind kind() {
      return Kind.DROPPED;
    }
  }

  /**
   * The event is invalid and was not accepted; the same event will be rejected again.
   *
   * @param code the kind of fault
   * @param reason the fault in one sentence
   * @param offset the position of the fault in the input in bytes, or -1 if unknown
   */
  record Rejected(Rejection code, String reason, long offset) implements Outcome {
    @Override
    public Kind kind() {
      return Kind.REJECTED;
    }
  }

  /**
   * The event cannot be accepted now and was not; send it again later.
   *
   * <p>After a time-out the cluster may still have written the document. An idempotency key makes
   * it safe to send the event again.
   *
   * @param code the kind of obstacle
   * @param reason the obstacle in one sentence
   * @param retryAfter how long to wait before the next attempt
   */
  record Refused(Refusal code, String reason, Duration retryAfter) implements Outcome {
    @Override
    public Kind kind() {
      return Kind.REFUSED;
    }
  }
}

package dev.eventstream.observe;

import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.util.List;
import java.util.Locale;

/**
 * One bulk request and what became of it.
 *
 * @param documents how many documents it held
 * @param bytes how many bytes these took, headers included
 * @param attempt how many attempts its documents had had before; from 1 on it is a retry
 * @param replay whether they came from the spool
 * @param result what became of it
 * @param nanos how long it took, in nanoseconds
 * @param origins what {@link StreamListener#publishing} returned for the publish calls whose
 *     documents it held; none for those that came from the spool
 */
public record BulkAttempt(
    int documents,
    long bytes,
    int attempt,
    boolean replay,
    Result result,
    long nanos,
    List<Object> origins) {

  /**
   * Copies the origins.
   *
   * @param documents how many documents it held
   * @param bytes how many bytes these took, headers included
   * @param attempt how many attempts its documents had had before
   * @param replay whether they came from the spool
   * @param result what became of it
   * @param nanos how long it took, in nanoseconds
   * @param origins what the listener is to be reminded of
   */
  public BulkAttempt {
    origins = List.copyOf(origins);
  }

  /** What became of a bulk request. */
  public enum Result {
    /** Every document was written. */
    WRITTEN,
    /** It was answered document by document, and not every one was newly written. */
    MIXED,
    /** It failed as a whole and may succeed later: the cluster is busy or gone. */
    RETRY,
    /** It failed as a whole, for a reason that may lie in one of its documents. */
    UNCLEAR,
    /** It failed as a whole until an operator repairs something. */
    BLOCKED,
    /** It was too large for the cluster. */
    TOO_LARGE,
    /** It failed as a whole and always will. */
    NEVER;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /**
     * The name used in metrics.
     *
     * @return the constant's name in lower case, for example {@code too_large}
     */
    public String wireName() {
      return wireName;
    }

    /**
     * Whether the request failed as a whole.
     *
     * @return true unless it was answered document by document
     */
    public boolean failed() {
      return this != WRITTEN && this != MIXED;
    }

    /**
     * What a sink's answer comes to.
     *
     * @param answer the answer
     * @return the result
     */
    public static Result of(SinkResult answer) {
      if (answer.allWritten()) {
        return WRITTEN;
      }
      if (!answer.requestFailed() || !(answer.get(0) instanceof ItemResult.Failed failed)) {
        return MIXED;
      }
      return switch (failed.failureClass()) {
        case RETRY, UNAVAILABLE -> RETRY;
        case UNCLEAR -> UNCLEAR;
        case BLOCKED -> BLOCKED;
        case TOO_LARGE -> TOO_LARGE;
        case NEVER -> NEVER;
      };
    }
  }
}

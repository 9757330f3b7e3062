package dev.eventstream.observe;

import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.util.List;
import java.util.Locale;

/**
 * One bulk request and its result.
 *
 * @param documents the number of documents in the request
 * @param bytes their size, headers included
 * @param attempt the number of earlier attempts with these documents; from 1 on the request is a
 *     retry
 * @param replay whether the documents came from the spool
 * @param result the result of the request
 * @param nanos the duration in nanoseconds
 * @param origins what {@link StreamListener#publishing} returned for the publish calls whose
 *     documents the request contained; empty for documents from the spool
 */
public record BulkAttempt(
    int documents,
    long bytes,
    int attempt,
    boolean replay,
    Result result,
    long nanos,
    List<Object> origins) {

  public BulkAttempt {
    origins = List.copyOf(origins);
  }

  /** The result of a bulk request. */
  public enum Result {
    /** Every document was written. */
    WRITTEN,
    /** Documents have individual results, and not every document was newly written. */
    MIXED,
    /** The request failed as a whole and may succeed later: the cluster is busy or unreachable. */
    RETRY,
    /** The request failed as a whole, possibly because of one of its documents. */
    UNCLEAR,
    /** The request fails as a whole until an operator fixes the cause. */
    BLOCKED,
    /** The request was too large for the cluster. */
    TOO_LARGE,
    /** The request failed as a whole and can never succeed. */
    NEVER;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /**
     * Returns the name used in metrics: the constant's name in lower case, for example {@code
     * too_large}.
     */
    public String wireName() {
      return wireName;
    }

    /** Returns whether the request failed as a whole, without individual results. */
    public boolean failed() {
      return this != WRITTEN && this != MIXED;
    }

    /** Returns the result that corresponds to a sink's answer. */
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

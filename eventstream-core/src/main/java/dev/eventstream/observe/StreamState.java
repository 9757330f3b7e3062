package dev.eventstream.observe;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The current state of a stream.
 *
 * @param inFlightBytes bytes of accepted documents that are not settled
 * @param maxInFlightBytes the limit of {@code inFlightBytes}
 * @param inFlightRequests bulk requests without an answer
 * @param queuedDocuments documents waiting for their first bulk request
 * @param clusterTakes whether the cluster accepts documents, as far as is known; false while the
 *     breaker is open
 * @param clusterFailure why the last bulk request failed as a whole, or why the breaker is open;
 *     without credentials; null if neither is the case
 * @param stuckDestinations the destinations that accept no documents while the cluster accepts
 *     others, the longest stuck first
 * @param backlog the contents of the spool; null without a spool
 * @param deadLetters the number of dead letters
 * @param deadLetterBytes the size of their files
 */
public record StreamState(
    long inFlightBytes,
    long maxInFlightBytes,
    int inFlightRequests,
    long queuedDocuments,
    boolean clusterTakes,
    @Nullable String clusterFailure,
    List<StuckDestination> stuckDestinations,
    @Nullable Backlog backlog,
    long deadLetters,
    long deadLetterBytes) {

  public StreamState {
    stuckDestinations = List.copyOf(stuckDestinations);
  }
}

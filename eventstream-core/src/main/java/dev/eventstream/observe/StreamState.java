package dev.eventstream.observe;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a stream is doing now.
 *
 * @param inFlightBytes how many bytes of documents are taken in and not settled
 * @param maxInFlightBytes how many may be
 * @param inFlightRequests how many bulk requests are not answered
 * @param queuedDocuments how many documents wait for their first bulk request
 * @param clusterTakes whether the cluster takes documents, as far as is known; false while the
 *     breaker is open
 * @param clusterFailure why the last bulk request failed as a whole, or the breaker is open;
 *     without credentials; null when all is well
 * @param stuckDestinations the destinations that take nothing while the cluster takes other
 *     documents, the longest first
 * @param backlog what is in the spool; null without one
 * @param deadLetters how many dead letters there are
 * @param deadLetterBytes how many bytes their files take
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

  /**
   * Copies the list.
   *
   * @param inFlightBytes how many bytes of documents are taken in and not settled
   * @param maxInFlightBytes how many may be
   * @param inFlightRequests how many bulk requests are not answered
   * @param queuedDocuments how many documents wait for their first bulk request
   * @param clusterTakes whether the cluster takes documents, as far as is known
   * @param clusterFailure why the last bulk request failed as a whole
   * @param stuckDestinations the destinations that take nothing
   * @param backlog what is in the spool
   * @param deadLetters how many dead letters there are
   * @param deadLetterBytes how many bytes their files take
   */
  public StreamState {
    stuckDestinations = List.copyOf(stuckDestinations);
  }
}

package dev.eventstream.observe;

import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import java.util.Map;

/**
 * Counts the events of one publish call by outcome. A redrive of dead letters is not a publish
 * call.
 *
 * @param indexed events that the cluster has acknowledged
 * @param duplicates events that the index already contained
 * @param spooled events in the spool
 * @param deadLettered events among the dead letters
 * @param dropped events that the transformer or the cluster discarded on purpose
 * @param rejected rejected events by reason; empty if there are none
 * @param refused refused events by obstacle; empty if there are none
 * @param idMisses events for which the resolver knew no ID
 * @param nanos nanoseconds from acceptance to the last outcome; 0 if no event was accepted
 */
public record PublishCounts(
    int indexed,
    int duplicates,
    int spooled,
    int deadLettered,
    int dropped,
    Map<Rejection, Integer> rejected,
    Map<Refusal, Integer> refused,
    int idMisses,
    long nanos) {

  public PublishCounts {
    rejected = Map.copyOf(rejected);
    refused = Map.copyOf(refused);
  }

  /** Returns the total number of rejected events. */
  public int rejectedInAll() {
    return sum(rejected);
  }

  /** Returns the total number of refused events. */
  public int refusedInAll() {
    return sum(refused);
  }

  private static int sum(Map<?, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }
}

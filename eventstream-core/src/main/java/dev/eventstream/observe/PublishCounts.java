package dev.eventstream.observe;

import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import java.util.Map;

/**
 * How many events of one publish call met which outcome. Redriven dead letters are no publish call.
 *
 * @param indexed how many the cluster has acknowledged
 * @param duplicates how many were there already
 * @param spooled how many are in the spool
 * @param deadLettered how many are among the dead letters
 * @param dropped how many the cluster discarded on purpose
 * @param rejected how many are broken, by what is wrong with them; empty when none is
 * @param refused how many could not be taken, by what was in the way; empty when all could
 * @param idMisses for how many the resolver knew no ID
 * @param nanos nanoseconds from the acceptance to the last outcome; 0 when none was accepted
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

  /**
   * Copies the maps.
   *
   * @param indexed how many the cluster has acknowledged
   * @param duplicates how many were there already
   * @param spooled how many are in the spool
   * @param deadLettered how many are among the dead letters
   * @param dropped how many the cluster discarded on purpose
   * @param rejected how many are broken
   * @param refused how many could not be taken
   * @param idMisses for how many the resolver knew no ID
   * @param nanos nanoseconds from the acceptance to the last outcome
   */
  public PublishCounts {
    rejected = Map.copyOf(rejected);
    refused = Map.copyOf(refused);
  }

  /**
   * How many are broken, whatever is wrong with them.
   *
   * @return the number of rejected events
   */
  public int rejectedInAll() {
    return sum(rejected);
  }

  /**
   * How many could not be taken, whatever was in the way.
   *
   * @return the number of refused events
   */
  public int refusedInAll() {
    return sum(refused);
  }

  private static int sum(Map<?, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }
}

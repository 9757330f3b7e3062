package dev.eventstream;

import dev.eventstream.delivery.Fate;
import java.util.EnumMap;
import java.util.List;
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

  /** All of them were refused at the door. */
  static PublishCounts refused(Refusal why, int events) {
    return new PublishCounts(
        0, 0, 0, 0, 0, Map.of(), events == 0 ? Map.of() : Map.of(why, events), 0, 0);
  }

  /**
   * Counts.
   *
   * @param fates of the documents
   * @param uniform whether these are all the same, which spares looking at each
   * @param broken those that did not become documents
   */
  static PublishCounts of(
      List<Fate> fates, boolean uniform, List<Outcome.Rejected> broken, int idMisses, long nanos) {
    Tally tally = new Tally();
    if (uniform) {
      tally.add(fates.get(0), fates.size());
    } else {
      for (Fate fate : fates) {
        tally.add(fate, 1);
      }
    }
    for (Outcome.Rejected one : broken) {
      tally.rejected.merge(one.code(), 1, Integer::sum);
    }
    return new PublishCounts(
        tally.indexed,
        tally.duplicates,
        tally.spooled,
        tally.deadLettered,
        tally.dropped,
        tally.rejected,
        tally.refused,
        idMisses,
        nanos);
  }

  private static final class Tally {
    private int indexed;
    private int duplicates;
    private int spooled;
    private int deadLettered;
    private int dropped;
    private final Map<Rejection, Integer> rejected = new EnumMap<>(Rejection.class);
    private final Map<Refusal, Integer> refused = new EnumMap<>(Refusal.class);

    void add(Fate fate, int count) {
      if (fate instanceof Fate.Indexed) {
        indexed += count;
      } else if (fate instanceof Fate.Duplicate) {
        duplicates += count;
      } else if (fate instanceof Fate.Spooled) {
        spooled += count;
      } else if (fate instanceof Fate.DeadLettered) {
        deadLettered += count;
      } else if (fate instanceof Fate.Dropped) {
        dropped += count;
      } else if (fate instanceof Fate.Rejected r) {
        rejected.merge(r.code(), count, Integer::sum);
      } else if (fate instanceof Fate.Refused r) {
        refused.merge(r.code(), count, Integer::sum);
      }
    }
  }
}

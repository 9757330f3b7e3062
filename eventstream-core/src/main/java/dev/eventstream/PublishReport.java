package dev.eventstream;

import java.util.List;

/**
 * What became of the events of an input, by outcome.
 *
 * @param indexed events that the cluster has acknowledged
 * @param duplicates events that the index already contained
 * @param spooled events in the spool
 * @param deadLettered events among the dead letters
 * @param dropped events that the transformer or the cluster discarded on purpose
 * @param rejected events that can never be accepted as they are
 * @param refused events that were not accepted although they waited
 * @param complete whether the input was read to its end and no event was refused
 * @param failures the first rejected and refused events, at most {@value #MOST_FAILURES}
 */
public record PublishReport(
    long indexed,
    long duplicates,
    long spooled,
    long deadLettered,
    long dropped,
    long rejected,
    long refused,
    boolean complete,
    List<FailedEvent> failures) {

  /** The most failures that a report contains. */
  public static final int MOST_FAILURES = 20;

  public PublishReport {
    failures = List.copyOf(failures);
  }

  /** Returns the number of events that were accepted and will not be lost. */
  public long accepted() {
    return indexed + duplicates + spooled + deadLettered;
  }

  /** Returns the number of events that were taken from the input. */
  public long events() {
    return accepted() + dropped + rejected + refused;
  }
}

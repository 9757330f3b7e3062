package dev.eventstream;

/**
 * An event that was not accepted.
 *
 * @param position its position in the input, from 0
 * @param event the event, or the fault found in its place
 * @param outcome {@link Outcome.Rejected} or {@link Outcome.Refused}
 */
public record FailedEvent(long position, ReadEvent event, Outcome outcome) {

  /** Returns why it was not accepted, in one sentence. */
  public String reason() {
    return outcome instanceof Outcome.Rejected rejected
        ? rejected.reason()
        : ((Outcome.Refused) outcome).reason();
  }
}

package dev.eventstream;

import static java.util.Objects.requireNonNull;

import dev.eventstream.spi.Rejection;

/**
 * Input that is not a valid event, with the reason. It keeps its position in the batch and does not
 * affect the other events.
 *
 * @param index the position in the batch, from 0
 * @param code the kind of fault
 * @param reason the fault in one sentence, suitable for the sender of the input
 * @param offset the position of the fault in the input, in bytes from its start
 */
public record BrokenEvent(int index, Rejection code, String reason, long offset)
    implements ReadEvent {

  public BrokenEvent {
    requireNonNull(code, "code");
    requireNonNull(reason, "reason");
  }
}

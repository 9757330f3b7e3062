package dev.eventstream;

import static java.util.Objects.requireNonNull;

import dev.eventstream.spi.Rejection;

/**
 * Input that is no event, with the reason. It stands in the order of its batch and does not touch
 * its neighbours.
 *
 * @param index the position in the batch, from 0
 * @param code what kind of fault it is
 * @param reason the fault in one sentence, fit to be shown to whoever sent the input
 * @param offset where in the input the fault was seen, in bytes from its start
 */
public record BrokenEvent(int index, Rejection code, String reason, long offset)
    implements ReadEvent {

  /**
   * Checks that code and reason are there.
   *
   * @param index the position in the batch
   * @param code what kind of fault it is
   * @param reason the fault in one sentence
   * @param offset where the fault was seen
   */
  public BrokenEvent {
    requireNonNull(code, "code");
    requireNonNull(reason, "reason");
  }
}

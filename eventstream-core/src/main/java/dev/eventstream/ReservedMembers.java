package dev.eventstream;

/**
 * What happens to an event with a member of its own that an engine reserves, such as {@code
 * _routing} or {@code _id}. Engines refuse such a document, or take the member for an instruction;
 * one in an ingest pipeline can fail the whole bulk request that it is part of.
 */
public enum ReservedMembers {
  /** The event is rejected with {@link dev.eventstream.spi.Rejection#RESERVED_MEMBER}. */
  REJECT,
  /**
   * The underscore moves to the name's end: {@code _routing} becomes {@code routing_}, and {@code
   * _id.a} becomes {@code id_.a}. One more is added where the event has a member of that name.
   */
  RENAME
}

package dev.eventstream;

/**
 * How to handle an event with a member name that an engine reserves, such as {@code _routing} or
 * {@code _id}. Engines reject such a document or treat the member as an instruction; in an ingest
 * pipeline it can fail the whole bulk request.
 */
public enum ReservedMembers {
  /** The event is rejected with {@link dev.eventstream.spi.Rejection#RESERVED_MEMBER}. */
  REJECT,
  /**
   * The underscore moves to the end of the name: {@code _routing} becomes {@code routing_}, and
   * {@code _id.a} becomes {@code id_.a}. Another underscore is added if the event already has a
   * member of that name.
   */
  RENAME
}

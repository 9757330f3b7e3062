package dev.eventstream.es;

/**
 * What happens to a document that contradicts the mapping of its index, for example with text in a
 * field of numbers, or with more fields than the index accepts.
 */
public enum OnMappingFailure {
  /**
   * The document is written in a form that fits: with its members {@code eventType}, {@code
   * eventValue}, {@code eventId} and {@code @timestamp}; all of it as text in {@code
   * event.original}; and the engine's reason in {@code _mapping_failure}. A document that does not
   * fit in this form either is a dead letter.
   */
  SHELTER,
  /** The document is a dead letter. */
  DEAD_LETTER
}

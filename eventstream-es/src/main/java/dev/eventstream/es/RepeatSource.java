package dev.eventstream.es;

import dev.eventstream.es.bulk.Repeats;

/**
 * Knows in which other indices repeated documents may be. Not to be implemented by applications:
 * {@link dev.eventstream.es.indices.Rollover} is one.
 */
public interface RepeatSource {
  /** For the sink. */
  @SuppressWarnings("exports") // internal
  Repeats repeats();
}

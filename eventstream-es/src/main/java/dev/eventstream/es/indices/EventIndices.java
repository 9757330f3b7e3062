package dev.eventstream.es.indices;

import dev.eventstream.es.index.Generation;
import dev.eventstream.spi.IndexPattern;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Tells the indices of events from others by their names.
 *
 * @param eventTypes the types of events; empty: all
 */
record EventIndices(IndexPattern pattern, Set<String> eventTypes) {
  /**
   * Checks that it can.
   *
   * @throws IllegalArgumentException if every index could be one of events
   */
  EventIndices {
    eventTypes = Set.copyOf(eventTypes);
    if (eventTypes.isEmpty() && pattern.ofAnyDate("*").startsWith("*")) {
      throw new IllegalArgumentException(
          "the index pattern begins with {eventType}, so indices of events cannot be told from"
              + " others; begin it with a fixed part, such as events-{eventType}, or name the"
              + " event types");
    }
  }

  /** What the name of an index says. */
  record Name(Generation generation, IndexPattern.Parts parts) {}

  /** Reads the name of an index, with or without the number of a generation. */
  Optional<Name> read(String index) {
    return Stream.concat(Generation.read(index).stream(), Stream.of(new Generation(index, 0)))
        .flatMap(generation -> read(generation).stream())
        .findFirst();
  }

  private Optional<Name> read(Generation generation) {
    return pattern
        .read(generation.index())
        .filter(parts -> eventTypes.isEmpty() || eventTypes.contains(parts.eventType()))
        .map(parts -> new Name(generation, parts));
  }

  /** Returns patterns with {@code *} that match all of these indices, and others. */
  List<String> patterns() {
    Stream<String> types = eventTypes.isEmpty() ? Stream.of("*") : eventTypes.stream().sorted();
    return types.map(type -> (pattern.ofAnyDate(type) + "*").replace("**", "*")).toList();
  }
}

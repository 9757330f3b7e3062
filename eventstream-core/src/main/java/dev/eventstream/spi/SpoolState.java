package dev.eventstream.spi;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much a spool contains.
 *
 * @param documents the number of waiting documents
 * @param bytes the size of these documents
 * @param diskBytes the size of the spool's files
 * @param maxDiskBytes the limit of {@code diskBytes}
 * @param oldest when the oldest waiting document was accepted; null if none is waiting
 * @param refusal why no documents can be accepted now; null if there is room
 * @param damaged files that could not be read and were set aside
 */
public record SpoolState(
    long documents,
    long bytes,
    long diskBytes,
    long maxDiskBytes,
    @Nullable Instant oldest,
    @Nullable String refusal,
    List<String> damaged) {

  public SpoolState {
    damaged = List.copyOf(damaged);
  }
}

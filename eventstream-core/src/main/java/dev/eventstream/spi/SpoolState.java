package dev.eventstream.spi;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much is in a spool.
 *
 * @param documents how many documents wait
 * @param bytes how many bytes these documents take
 * @param diskBytes how many bytes the spool's files take
 * @param maxDiskBytes how many they may take
 * @param oldest when the oldest waiting document was accepted; null when none waits
 * @param refusal why nothing can be taken now; null when there is room
 * @param damaged what could not be read and was set aside, by file
 */
public record SpoolState(
    long documents,
    long bytes,
    long diskBytes,
    long maxDiskBytes,
    @Nullable Instant oldest,
    @Nullable String refusal,
    List<String> damaged) {

  /**
   * Copies the list.
   *
   * @param documents how many documents wait
   * @param bytes how many bytes these documents take
   * @param diskBytes how many bytes the spool's files take
   * @param maxDiskBytes how many they may take
   * @param oldest when the oldest waiting document was accepted
   * @param refusal why nothing can be taken now
   * @param damaged what could not be read and was set aside
   */
  public SpoolState {
    damaged = List.copyOf(damaged);
  }
}

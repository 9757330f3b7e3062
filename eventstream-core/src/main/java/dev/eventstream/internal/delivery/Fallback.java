package dev.eventstream.internal.delivery;

import dev.eventstream.spi.ItemResult;
import java.util.List;

/**
 * Handles documents that the cluster does not accept: keeps them ({@link SpoolFallback}) or refuses
 * them ({@link RefusingFallback}). Thread-safe.
 */
interface Fallback {
  /** A document that can never be written. */
  record Unwritable(Publication publication, int index, ItemResult.Failed failure) {}

  /** Returns whether documents are kept. */
  boolean isDurable();

  /** Takes the unsettled documents of a range, because the cluster does not accept them now. */
  void divert(Publication publication, int first, int count, Fate.Refused notNow);

  /**
   * Takes documents that can never be written. Documents of the replay are in the spool already.
   */
  void bury(List<Unwritable> documents, boolean replay);

  /** Returns whether a spooled document has failed alone before. */
  boolean isSuspect(String destination, String id);

  /** Records that a spooled document has failed alone. */
  void suspect(String destination, String id, String reason);

  /** Takes all unsettled documents. */
  default void divertAll(Publication publication, Fate.Refused notNow) {
    divert(publication, 0, publication.size(), notNow);
  }
}

package dev.eventstream.internal.delivery;

import dev.eventstream.spi.ItemResult;
import java.util.List;

/**
 * What becomes of documents that the cluster does not take: they are kept ({@link SpoolFallback}),
 * or refused ({@link RefusingFallback}). Thread-safe.
 */
interface Fallback {
  /** A document that can never be written. */
  record Unwritable(Publication publication, int index, ItemResult.Failed failure) {}

  /** Whether documents are kept. */
  boolean isDurable();

  /** Takes those of some documents that are open, because the cluster does not take them now. */
  void divert(Publication publication, int first, int count, Fate.Refused notNow);

  /** Takes documents that can never be written; from the replay, they are in the spool already. */
  void bury(List<Unwritable> documents, boolean replay);

  /** Whether a document of the spool has failed alone before. */
  boolean isSuspect(String destination, String id);

  /** A document of the spool has failed alone. */
  void suspect(String destination, String id, String reason);

  /** Takes all documents that are open. */
  default void divertAll(Publication publication, Fate.Refused notNow) {
    divert(publication, 0, publication.size(), notNow);
  }
}

package dev.eventstream.internal.delivery;

import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.Rejection;
import java.util.List;

/** Refuses documents, for streams without a spool. */
final class RefusingFallback implements Fallback {
  @Override
  public boolean isDurable() {
    return false;
  }

  @Override
  public void divert(Publication publication, int first, int count, Fate.Refused notNow) {
    publication.settle(first, count, notNow);
  }

  @Override
  public void bury(List<Unwritable> documents, boolean replay) {
    for (Unwritable document : documents) {
      boolean tooLarge = document.failure().failureClass() == FailureClass.TOO_LARGE;
      Rejection code = tooLarge ? Rejection.TOO_LARGE : Rejection.DOCUMENT_REFUSED;
      document
          .publication()
          .settle(document.index(), new Fate.Rejected(code, document.failure().reason()));
    }
  }

  @Override
  public boolean isSuspect(String destination, String id) {
    return false;
  }

  @Override
  public void suspect(String destination, String id, String reason) {}
}

package dev.eventstream.internal.delivery;

import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keeps documents in the spool for the cluster, or as dead letters. */
final class SpoolFallback implements Fallback {
  private final SpoolWriter spool;
  private final DeadLetters deadLetters;
  private final Suspects suspects;
  private final Clock clock;
  private final StreamListener listener;
  private final DeadLetterLog log;

  SpoolFallback(
      SpoolWriter spool,
      DeadLetters deadLetters,
      Suspects suspects,
      DeadLetterLog log,
      Environment environment) {
    this.spool = spool;
    this.deadLetters = deadLetters;
    this.suspects = suspects;
    this.clock = environment.clock();
    this.listener = environment.listener();
    this.log = log;
  }

  @Override
  public boolean isDurable() {
    return true;
  }

  @Override
  public void divert(Publication publication, int first, int count, Fate.Refused notNow) {
    spool.accept(publication, first, count);
  }

  @Override
  public void bury(List<Unwritable> documents, boolean replay) {
    List<Unwritable> open = new ArrayList<>(documents);
    open.removeIf(document -> !document.publication().isOpen(document.index()));
    if (open.isEmpty()) {
      return;
    }
    List<DeadLetter> letters = open.stream().map(this::letter).toList();
    var unused =
        Stages.of(() -> deadLetters.add(letters))
            .whenComplete(
                (nothing, failure) -> {
                  if (failure == null) {
                    listener.deadLettered(letters.size());
                    log.added(letters);
                  }
                  for (Unwritable document : open) {
                    Fate fate = fate(document.failure().reason(), failure, replay);
                    document.publication().settle(document.index(), fate);
                  }
                });
  }

  private DeadLetter letter(Unwritable document) {
    Publication publication = document.publication();
    return new DeadLetter(
        publication.documents().get(document.index()),
        document.failure().reason(),
        publication.acceptedTime(),
        clock.instant());
  }

  /**
   * Without room for dead letters, documents that were accepted are kept and new ones are not
   * accepted.
   */
  private static Fate fate(String reason, @Nullable Throwable failure, boolean replay) {
    if (failure == null) {
      return new Fate.DeadLettered(reason);
    }
    String both = reason + "; " + Stages.cause(failure);
    return replay
        ? new Fate.Refused(Refusal.CLUSTER, both, Settlement.RETRY_AFTER_BLOCKED)
        : new Fate.Rejected(Rejection.DOCUMENT_REFUSED, both);
  }

  @Override
  public boolean isSuspect(String destination, String id) {
    return suspects.get(destination, id) != null;
  }

  @Override
  public void suspect(String destination, String id, String reason) {
    suspects.failed(destination, id, reason);
  }
}

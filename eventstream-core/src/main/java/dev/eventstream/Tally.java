package dev.eventstream;

import dev.eventstream.internal.delivery.Fate;
import dev.eventstream.observe.PublishCounts;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Counts the events of one publish call by outcome. Not thread-safe. */
final class Tally {
  private int indexed;
  private int duplicates;
  private int spooled;
  private int deadLettered;
  private int dropped;
  private final Map<Rejection, Integer> rejected = new EnumMap<>(Rejection.class);
  private final Map<Refusal, Integer> refused = new EnumMap<>(Refusal.class);

  /** Returns the counts of a call whose events were all refused before they became documents. */
  static PublishCounts refused(Refusal code, int events) {
    Tally tally = new Tally();
    if (events > 0) {
      tally.refused.put(code, events);
    }
    return tally.counts(0, 0);
  }

  /**
   * Counts the documents of a call.
   *
   * @param uniform whether all fates are equal, so that only the first is inspected
   */
  void add(List<Fate> fates, boolean uniform) {
    if (uniform) {
      add(fates.get(0), fates.size());
      return;
    }
    for (Fate fate : fates) {
      add(fate, 1);
    }
  }

  private void add(Fate fate, int count) {
    switch (fate.kind()) {
      case INDEXED -> indexed += count;
      case DUPLICATE -> duplicates += count;
      case SPOOLED -> spooled += count;
      case DEAD_LETTERED -> deadLettered += count;
      case DROPPED -> dropped += count;
      case REJECTED -> rejected.merge(((Fate.Rejected) fate).code(), count, Integer::sum);
      case REFUSED -> refused.merge(((Fate.Refused) fate).code(), count, Integer::sum);
    }
  }

  /** Counts an event that did not become a document: it was rejected, or dropped. */
  void add(Outcome notTaken) {
    if (notTaken instanceof Outcome.Rejected no) {
      rejected.merge(no.code(), 1, Integer::sum);
    } else {
      dropped++;
    }
  }

  PublishCounts counts(int idMisses, long nanos) {
    return new PublishCounts(
        indexed, duplicates, spooled, deadLettered, dropped, rejected, refused, idMisses, nanos);
  }
}

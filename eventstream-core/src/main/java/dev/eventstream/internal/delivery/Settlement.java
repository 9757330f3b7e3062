package dev.eventstream.internal.delivery;

import dev.eventstream.internal.delivery.Bulk.Span;
import dev.eventstream.internal.delivery.Fallback.Unwritable;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.SinkResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Settles the documents of a bulk according to its answer, and selects those to be sent again. Used
 * once, by one thread.
 */
final class Settlement {
  /** Suggested wait for callers if an operator has to fix the cause first. */
  static final Duration RETRY_AFTER_BLOCKED = Duration.ofSeconds(30);

  private final Bulk bulk;
  private final SinkResult result;
  private final Fallback fallback;
  private final StuckDestinations stuck;
  private final StateLog stateLog;
  private final Decision.Attempt attempt;
  private final DocumentBatch.Cursor cursor;
  private final Set<String> failing; // destinations that have not accepted every document
  private final List<Unwritable> unwritable = new ArrayList<>(0);
  private int busy;

  final Selection retried;
  final Selection halved;
  final Selection isolated;

  Settlement(
      Bulk bulk, SinkResult result, Fallback fallback, StuckDestinations stuck, StateLog stateLog) {
    this.bulk = bulk;
    this.result = result;
    this.fallback = fallback;
    this.stuck = stuck;
    this.stateLog = stateLog;
    this.attempt =
        new Decision.Attempt(
            fallback.isDurable(),
            bulk.replay(),
            bulk.attempt(),
            bulk.size() == 1,
            result.requestFailed());
    this.cursor = bulk.documents().cursor();
    this.failing = failing();
    this.retried = new Selection(bulk.size());
    this.halved = new Selection(bulk.size());
    this.isolated = new Selection(bulk.size());
  }

  private Set<String> failing() {
    if (result.allWritten() || result.requestFailed()) {
      return Set.of();
    }
    Set<String> found = new HashSet<>();
    for (int i = 0; i < result.size(); i++) {
      if (result.get(i) instanceof ItemResult.Failed failed
          && StuckDestinations.isOfDestination(failed)) {
        cursor.moveTo(i);
        found.add(cursor.destination());
      }
    }
    return found;
  }

  void settle() {
    int position = 0;
    for (Span span : bulk.spans()) {
      int diverted = 0; // consecutive documents, which are diverted together
      for (int i = span.first(); i < span.first() + span.count(); i++, position++) {
        ItemResult item = result.get(position);
        if (item instanceof ItemResult.Failed failed) {
          learn(failed, position);
        }
        Decision decision = Decision.of(item, attempt);
        if (decision == Decision.DIVERT) {
          diverted++;
          continue;
        }
        divert(span.publication(), i - diverted, diverted, position - 1);
        diverted = 0;
        settle(span.publication(), i, position, decision);
      }
      int end = span.first() + span.count();
      divert(span.publication(), end - diverted, diverted, position - 1);
    }
    if (!unwritable.isEmpty()) {
      fallback.bury(unwritable, bulk.replay());
    }
  }

  /** Evaluates what a failure of a single document says about its destination. */
  private void learn(ItemResult.Failed failed, int position) {
    if (result.requestFailed()) {
      return;
    }
    if (StuckDestinations.isOfDestination(failed)) {
      cursor.moveTo(position);
      stuck.failed(
          cursor.destination(), cursor.id(), failed.reason(), () -> bulk.documents().get(position));
    } else if (failed.failureClass() == FailureClass.UNCLEAR
        && attempt.durable()
        && attempt.alone()) {
      boolean unused = failedAlone(kindOf(failed.reason()));
    }
    busy += failed.failureClass() == FailureClass.RETRY ? 1 : 0;
  }

  /**
   * Handles the failure of the only document of a bulk for a reason that may be its own.
   *
   * @return whether it is the first of its destination; a document that failed alone before is no
   *     new evidence
   */
  boolean failedAlone(String loggable) {
    cursor.moveTo(0);
    String destination = cursor.destination();
    String id = cursor.id();
    return !fallback.isSuspect(destination, id)
        && stuck.unclear(destination, id, loggable, () -> bulk.documents().get(0));
  }

  private void settle(Publication publication, int index, int position, Decision decision) {
    switch (decision) {
      case INDEXED -> settleAnswered(publication, index, position, Fate.INDEXED);
      case DUPLICATE -> settleAnswered(publication, index, position, Fate.DUPLICATE);
      case DROPPED -> settleAnswered(publication, index, position, Fate.DROPPED);
      case RETRY -> retried.add(position);
      case HALVE -> halved.add(position);
      case ISOLATE -> isolated.add(position);
      case BURY -> {
        ItemResult.Failed failed = (ItemResult.Failed) result.get(position);
        unwritable.add(new Unwritable(publication, index, failed));
      }
      case DIVERT ->
          throw new IllegalArgumentException("consecutive documents are diverted together");
    }
  }

  private void settleAnswered(Publication publication, int index, int position, Fate fate) {
    if (!stuck.none()) {
      cursor.moveTo(position);
      String destination = cursor.destination();
      if (!failing.contains(destination)) {
        stuck.answered(destination);
      }
    }
    publication.settle(index, fate);
  }

  private void divert(Publication publication, int first, int count, int lastPosition) {
    if (count == 0) {
      return;
    }
    ItemResult.Failed last = (ItemResult.Failed) result.get(lastPosition);
    if (result.requestFailed()) {
      stateLog.failing("blocked", last.reason());
    }
    Fate.Refused notNow = refused(last.reason());
    if (!bulk.replay()) {
      fallback.divert(publication, first, count, notNow);
      return;
    }
    if (last.failureClass() == FailureClass.UNCLEAR) {
      cursor.moveTo(lastPosition);
      fallback.suspect(cursor.destination(), cursor.id(), last.reason());
    }
    publication.settle(first, count, notNow);
  }

  /**
   * Returns whether the cluster is overloaded, as opposed to a fault of one destination or
   * document.
   */
  boolean isBusy() {
    boolean isFirst = bulk.attempt() == 0;
    if (result.requestFailed()) {
      return !retried.isEmpty() || (isFirst && !isolated.isEmpty());
    }
    return isFirst && busy > 0 && 2 * busy >= bulk.size();
  }

  static Fate.Refused refused(String reason) {
    return new Fate.Refused(Refusal.CLUSTER, reason, RETRY_AFTER_BLOCKED);
  }

  /**
   * Returns the part of a document's failure reason that may be logged: the kind of the error,
   * which comes first. The rest of the engine's message may quote the document.
   */
  static String kindOf(String reason) {
    int kindEnd = reason.indexOf(": ");
    return kindEnd < 0 ? reason : reason.substring(0, kindEnd) + ", for single documents";
  }
}

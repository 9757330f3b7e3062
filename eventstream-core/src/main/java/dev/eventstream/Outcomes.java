package dev.eventstream;

import dev.eventstream.internal.delivery.Fate;
import dev.eventstream.observe.PublishedEvent;
import dev.eventstream.spi.DocumentBatch;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * The outcomes of a publish call, in order. Outcomes are created on access, because most callers
 * only count them or write them out once.
 */
final class Outcomes extends AbstractList<Outcome> implements RandomAccess {
  private final DocumentBatch documents;
  private final List<Fate> fates; // one per document
  private final Outcome[] notTaken; // in order; rejected or dropped before they reached the batch
  // one per event: the position of its document, or -1 - its index in notTaken; null if every event
  // has a document
  private final int @Nullable [] positions;

  Outcomes(
      DocumentBatch documents, List<Fate> fates, Outcome[] notTaken, int @Nullable [] positions) {
    this.documents = documents;
    this.fates = fates;
    this.notTaken = notTaken;
    this.positions = positions;
  }

  @Override
  public int size() {
    return positions == null ? documents.size() : positions.length;
  }

  @Override
  public Outcome get(int index) {
    int position = positions == null ? index : positions[index];
    if (position < 0) {
      return notTaken[-1 - position];
    }
    Fate fate = fates.get(position);
    return switch (fate.kind()) {
      case REJECTED -> {
        Fate.Rejected no = (Fate.Rejected) fate;
        yield new Outcome.Rejected(no.code(), no.reason(), -1);
      }
      case REFUSED -> {
        Fate.Refused no = (Fate.Refused) fate;
        yield new Outcome.Refused(no.code(), no.reason(), no.retryAfter());
      }
      case INDEXED, DUPLICATE, SPOOLED, DROPPED, DEAD_LETTERED -> outcome(fate, position);
    };
  }

  /** The event at a position as listeners get it. The documents still have their sources. */
  PublishedEvent event(int index) {
    int position = positions == null ? index : positions[index];
    if (position < 0) {
      return notTaken[-1 - position] instanceof Outcome.Rejected no
          ? withoutDocument(PublishedEvent.Result.REJECTED, no.reason())
          : withoutDocument(PublishedEvent.Result.DROPPED, "a transformer dropped the event");
    }
    DocumentBatch.Cursor cursor = documents.cursor();
    cursor.moveTo(position);
    Fate fate = fates.get(position);
    return switch (fate.kind()) {
      case INDEXED -> event(PublishedEvent.Result.INDEXED, cursor, null);
      case DUPLICATE -> event(PublishedEvent.Result.DUPLICATE, cursor, null);
      case SPOOLED -> event(PublishedEvent.Result.SPOOLED, cursor, null);
      case DROPPED -> event(PublishedEvent.Result.DROPPED, cursor, null);
      case DEAD_LETTERED ->
          event(PublishedEvent.Result.DEAD_LETTERED, cursor, ((Fate.DeadLettered) fate).reason());
      case REJECTED ->
          event(PublishedEvent.Result.REJECTED, cursor, ((Fate.Rejected) fate).reason());
      case REFUSED -> event(PublishedEvent.Result.REFUSED, cursor, ((Fate.Refused) fate).reason());
    };
  }

  private static PublishedEvent event(
      PublishedEvent.Result result, DocumentBatch.Cursor cursor, @Nullable String reason) {
    return new PublishedEvent(
        result, cursor.destination(), cursor.id(), cursor.eventType(), reason);
  }

  static PublishedEvent withoutDocument(PublishedEvent.Result result, String reason) {
    return new PublishedEvent(result, null, null, null, reason);
  }

  private Outcome outcome(Fate fate, int position) {
    DocumentBatch.Cursor cursor = documents.cursor();
    cursor.moveTo(position);
    String destination = cursor.destination();
    String id = cursor.id();
    String eventId = cursor.eventId();
    return switch (fate.kind()) {
      case INDEXED -> new Outcome.Indexed(destination, id, eventId);
      case DUPLICATE -> new Outcome.Duplicate(destination, id, eventId);
      case SPOOLED -> new Outcome.Spooled(destination, id, eventId);
      case DROPPED -> new Outcome.Dropped(destination, id, eventId);
      case DEAD_LETTERED ->
          new Outcome.DeadLettered(destination, id, eventId, ((Fate.DeadLettered) fate).reason());
      case REJECTED, REFUSED -> throw new IllegalArgumentException(fate + " has no document");
    };
  }
}

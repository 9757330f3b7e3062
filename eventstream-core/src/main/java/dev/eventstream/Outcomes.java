package dev.eventstream;

import dev.eventstream.delivery.Fate;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * The outcomes of a publish call in order. An outcome is made when it is asked for: most callers
 * only count, or write them out once.
 */
final class Outcomes extends AbstractList<Outcome> implements RandomAccess {
  private final DocumentBatch documents;
  private final List<Fate> fates; // by document
  private final Outcome.Rejected[] rejected; // in order; never reached the batch
  // by event: its document, or -1 - its index in rejected; null when each has its document
  private final int @Nullable [] positions;

  Outcomes(
      DocumentBatch documents,
      List<Fate> fates,
      Outcome.Rejected[] rejected,
      int @Nullable [] positions) {
    this.documents = documents;
    this.fates = fates;
    this.rejected = rejected;
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
      return rejected[-1 - position];
    }
    Fate fate = fates.get(position);
    if (fate instanceof Fate.Rejected r) {
      return new Outcome.Rejected(r.code(), r.reason(), -1);
    }
    if (fate instanceof Fate.Refused r) {
      return new Outcome.Refused(r.reason(), r.retryAfter());
    }
    DocumentBatch.Cursor cursor = documents.cursor();
    cursor.moveTo(position);
    String destination = cursor.destination();
    String id = cursor.id();
    String eventId = cursor.eventId();
    if (fate instanceof Fate.DeadLettered d) {
      return new Outcome.DeadLettered(destination, id, eventId, d.reason());
    }
    if (fate instanceof Fate.Spooled) {
      return new Outcome.Spooled(destination, id, eventId);
    }
    if (fate instanceof Fate.Dropped) {
      return new Outcome.Dropped(destination, id, eventId);
    }
    return fate instanceof Fate.Indexed
        ? new Outcome.Indexed(destination, id, eventId)
        : new Outcome.Duplicate(destination, id, eventId);
  }
}

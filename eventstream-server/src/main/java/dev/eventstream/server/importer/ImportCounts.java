package dev.eventstream.server.importer;

import java.util.Map;
import java.util.TreeMap;

/**
 * The totals of an import so far, over all runs. Events that went to the spool are counted by what
 * became of them there.
 *
 * @param lines lines of the file, empty ones included
 * @param events events in these lines
 * @param indexed events that the cluster has acknowledged
 * @param duplicates events that the index already held, usually from an interrupted run
 * @param spooled events that are durable on disk, and of which it is not known whether they have
 *     left it
 * @param deadLettered events that were rejected by the index and are kept on disk
 * @param dropped events that the cluster discarded on purpose, for example in a pipeline
 * @param unreadable parts that are not events
 * @param rejected events that were not accepted, by the kind of fault
 */
public record ImportCounts(
    long lines,
    long events,
    long indexed,
    long duplicates,
    long spooled,
    long deadLettered,
    long dropped,
    long unreadable,
    Map<String, Rejected> rejected) {
  static final ImportCounts NONE = new ImportCounts(0, 0, 0, 0, 0, 0, 0, 0, Map.of());

  /**
   * Events that were not accepted.
   *
   * @param events their number
   * @param example the reason of the first
   */
  public record Rejected(long events, String example) {}

  /**
   * Copies the map.
   *
   * @param rejected null: none, as in files of earlier versions
   */
  @SuppressWarnings("ConstantValue") // Jackson sets missing members to null
  public ImportCounts {
    Map<String, Rejected> known = rejected;
    rejected = known == null ? Map.of() : new TreeMap<>(known);
  }

  /** Returns the number of rejected events of all kinds. */
  public long rejectedInAll() {
    return rejected.values().stream().mapToLong(Rejected::events).sum();
  }

  /** Returns whether something is in no index and will not be, dropped events excepted. */
  public boolean incomplete() {
    return unreadable + rejectedInAll() + deadLettered > 0;
  }

  /**
   * Counts spooled events by what became of them.
   *
   * @param left what has left the spool; of more documents than were spooled, the rest is not
   *     counted
   */
  ImportCounts settled(SpoolExits.Totals left) {
    SpoolExits.Totals own = left.upTo(spooled);
    return new ImportCounts(
        lines,
        events,
        indexed + own.indexed(),
        duplicates + own.duplicates(),
        spooled - own.all(),
        deadLettered + own.deadLettered(),
        dropped + own.dropped(),
        unreadable,
        rejected);
  }
}

package dev.eventstream.server.importer;

/**
 * The totals of an import so far, over all runs.
 *
 * @param lines lines of the file, empty ones included
 * @param events events in these lines
 * @param indexed events that the cluster has acknowledged
 * @param duplicates events that the index already held, usually from an interrupted run
 * @param spooled events that are durable on disk and are indexed later
 * @param deadLettered events that were rejected by the index and are kept on disk
 * @param dropped events that the cluster discarded on purpose, for example in a pipeline
 * @param unreadable entries of the report: parts that are not events, and rejected events
 */
public record ImportCounts(
    long lines,
    long events,
    long indexed,
    long duplicates,
    long spooled,
    long deadLettered,
    long dropped,
    long unreadable) {
  static final ImportCounts NONE = new ImportCounts(0, 0, 0, 0, 0, 0, 0, 0);
}

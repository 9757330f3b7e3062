package dev.eventstream.server.importer;

/**
 * What an import has met so far, all runs together.
 *
 * @param lines lines of the file, empty ones included
 * @param events events found in them
 * @param indexed events that the cluster has acknowledged
 * @param duplicates events that the index held already: from a run that was cut off, mostly
 * @param spooled events that are on disk and will be indexed later
 * @param deadLettered events that no index takes and that are kept
 * @param dropped events that the cluster discarded on purpose, as a pipeline there demands
 * @param unreadable entries of the report: what is no event, and events that were rejected
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

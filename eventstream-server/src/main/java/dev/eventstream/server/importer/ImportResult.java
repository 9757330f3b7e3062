package dev.eventstream.server.importer;

import java.nio.file.Path;

/**
 * The result of an import.
 *
 * @param alreadyImported whether an earlier run has imported the whole file
 * @param counts the totals of all runs
 * @param report the file with the unreadable parts; it does not exist if there are none
 */
public record ImportResult(boolean alreadyImported, ImportCounts counts, Path report) {}

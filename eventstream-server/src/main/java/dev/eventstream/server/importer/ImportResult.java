package dev.eventstream.server.importer;

import java.nio.file.Path;

/**
 * How an import ended.
 *
 * @param alreadyImported whether there was nothing to do
 * @param counts what the file held, all runs together
 * @param report where the unreadable parts are; there is no such file when there are none
 */
public record ImportResult(boolean alreadyImported, ImportCounts counts, Path report) {}

/** Backups of indices as snapshots of the engine, and how they are restored. */
@NullMarked
package dev.eventstream.es.backup;

import org.jspecify.annotations.NullMarked;

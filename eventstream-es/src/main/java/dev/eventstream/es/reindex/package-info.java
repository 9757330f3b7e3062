/** Copies of indices into others with new names and mappings. */
@NullMarked
package dev.eventstream.es.reindex;

import org.jspecify.annotations.NullMarked;

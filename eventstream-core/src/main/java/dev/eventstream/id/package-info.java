/** Resolvers that look up event IDs in memory. */
@NullMarked
package dev.eventstream.id;

import org.jspecify.annotations.NullMarked;

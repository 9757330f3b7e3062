/** Resolvers that find an event's ID in memory. */
@NullMarked
package dev.eventstream.id;

import org.jspecify.annotations.NullMarked;

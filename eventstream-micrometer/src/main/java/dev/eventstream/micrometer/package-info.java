/** Exposes an {@link dev.eventstream.EventStream} as meters of a Micrometer registry. */
@NullMarked
package dev.eventstream.micrometer;

import org.jspecify.annotations.NullMarked;

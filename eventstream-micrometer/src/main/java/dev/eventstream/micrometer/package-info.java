/** Shows what an {@link dev.eventstream.EventStream} does as meters of a Micrometer registry. */
@NullMarked
package dev.eventstream.micrometer;

import org.jspecify.annotations.NullMarked;

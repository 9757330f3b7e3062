/** The names of the generations of indices. Internal. */
@NullMarked
package dev.eventstream.es.index;

import org.jspecify.annotations.NullMarked;

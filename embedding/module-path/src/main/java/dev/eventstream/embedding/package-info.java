/** A program on the module path. */
@NullMarked
package dev.eventstream.embedding;

import org.jspecify.annotations.NullMarked;

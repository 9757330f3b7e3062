/** Scanning JSON where it lies and splicing members into it, without a tree. Internal. */
@NullMarked
package dev.eventstream.internal.json;

import org.jspecify.annotations.NullMarked;

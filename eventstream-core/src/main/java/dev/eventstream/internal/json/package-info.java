/** Scans JSON in place and inserts members into it, without building a tree. Internal. */
@NullMarked
package dev.eventstream.internal.json;

import org.jspecify.annotations.NullMarked;

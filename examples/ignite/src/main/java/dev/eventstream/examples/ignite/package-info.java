/** Event IDs from a cache of an Apache Ignite cluster. */
@NullMarked
package dev.eventstream.examples.ignite;

import org.jspecify.annotations.NullMarked;

/** Event IDs from a table of a database. */
@NullMarked
package dev.eventstream.examples.jdbc;

import org.jspecify.annotations.NullMarked;

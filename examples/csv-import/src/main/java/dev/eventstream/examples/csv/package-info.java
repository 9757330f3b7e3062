/** Publishes the rows of a CSV file. */
@NullMarked
package dev.eventstream.examples.csv;

import org.jspecify.annotations.NullMarked;

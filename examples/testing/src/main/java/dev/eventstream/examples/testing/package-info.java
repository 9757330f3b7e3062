/** A part of an application that publishes events. */
@NullMarked
package dev.eventstream.examples.testing;

import org.jspecify.annotations.NullMarked;

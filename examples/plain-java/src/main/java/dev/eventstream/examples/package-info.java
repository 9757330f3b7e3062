/** Uses the SDK in a plain Java program. */
@NullMarked
package dev.eventstream.examples;

import org.jspecify.annotations.NullMarked;

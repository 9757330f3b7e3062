/** The SDK's public face: the stream, the three doors, and the values that pass through them. */
@NullMarked
package dev.eventstream;

import org.jspecify.annotations.NullMarked;

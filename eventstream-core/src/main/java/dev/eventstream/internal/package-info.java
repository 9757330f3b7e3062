/** What eventstream's own modules share. Not for users. */
@NullMarked
package dev.eventstream.internal;

import org.jspecify.annotations.NullMarked;

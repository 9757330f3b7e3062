/** The configuration of the log. */
@NullMarked
package dev.eventstream.server.logging;

import org.jspecify.annotations.NullMarked;

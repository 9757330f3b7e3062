/** How the server logs. */
@NullMarked
package dev.eventstream.server.logging;

import org.jspecify.annotations.NullMarked;

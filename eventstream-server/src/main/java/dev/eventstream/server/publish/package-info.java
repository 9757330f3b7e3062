/** The endpoints that accept events, and the formats of their answers. */
@NullMarked
package dev.eventstream.server.publish;

import org.jspecify.annotations.NullMarked;

/**
 * Guards before the endpoints: keys, rate limits, cross-origin access, and the addresses of
 * clients.
 */
@NullMarked
package dev.eventstream.server.guard;

import org.jspecify.annotations.NullMarked;

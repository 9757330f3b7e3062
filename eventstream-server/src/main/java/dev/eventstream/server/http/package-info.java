/** The HTTP endpoints. */
@NullMarked
package dev.eventstream.server.http;

import org.jspecify.annotations.NullMarked;

/** The settings, typed and checked at the start. */
@NullMarked
package dev.eventstream.server.config;

import org.jspecify.annotations.NullMarked;

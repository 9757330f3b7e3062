/** The settings: typed, and checked at start. */
@NullMarked
package dev.eventstream.server.config;

import org.jspecify.annotations.NullMarked;

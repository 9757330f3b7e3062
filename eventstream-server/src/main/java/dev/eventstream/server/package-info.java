/** The server: the SDK behind HTTP. This package assembles the others. */
@NullMarked
package dev.eventstream.server;

import org.jspecify.annotations.NullMarked;

/** The server: the SDK behind HTTP. {@link dev.eventstream.server.Main} assembles it. */
@NullMarked
package dev.eventstream.server;

import org.jspecify.annotations.NullMarked;

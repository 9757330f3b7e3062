/** Publishes the events of files, through a stream or a running server. */
@NullMarked
package dev.eventstream.server.publisher;

import org.jspecify.annotations.NullMarked;

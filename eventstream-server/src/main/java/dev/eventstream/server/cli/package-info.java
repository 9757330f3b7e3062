/** Commands beside the server: moving the predecessor's queue in, building ID files. */
@NullMarked
package dev.eventstream.server.cli;

import org.jspecify.annotations.NullMarked;

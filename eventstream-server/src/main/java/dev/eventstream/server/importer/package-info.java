/** Imports the queue file of the predecessor, the Python service. */
@NullMarked
package dev.eventstream.server.importer;

import org.jspecify.annotations.NullMarked;
